import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Slabs } from '../../src/cache/slabs.js';

function write(slabs: Slabs, owner: number, bytes: Buffer): void {
  const at = slabs.reserve(owner, bytes.length);
  bytes.copy(slabs.target, at);
}

describe('slabs', () => {
  test('give back what was written, through any order of writing and freeing', () => {
    const operation = fc.record({ owner: fc.nat(40), size: fc.integer({ min: 0, max: 3000 }), free: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400, size: 'max' }), (operations) => {
        const slabs = new Slabs({ slabBytes: 4096, firstSlabBytes: 1024 });
        const model = new Map<number, Buffer>();
        for (const [step, { owner, size, free }] of operations.entries()) {
          if (model.delete(owner)) slabs.free(owner);
          if (free) continue;
          const bytes = Buffer.alloc(size, step);
          model.set(owner, bytes);
          write(slabs, owner, bytes);
        }
        for (const [owner, bytes] of model) expect(slabs.bytes(owner).equals(bytes)).toBe(true);
        const live = [...model.values()].reduce((sum, bytes) => sum + bytes.length, 0);
        expect(slabs.liveBytes).toBe(live);
      }),
    );
  });

  test('take little more memory than what is alive, however often everything is written anew', () => {
    const slabs = new Slabs({ slabBytes: 64 * 1024 });
    const sizes = Array.from({ length: 2000 }, (_, i) => 500 + ((i * 7919) % 1500));
    for (const [owner, size] of sizes.entries()) write(slabs, owner, Buffer.alloc(size, owner));
    const first = slabs.allocatedBytes;
    let worst = 0;
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < sizes.length; i++) {
        const owner = (i * 1009 + round) % sizes.length;
        slabs.free(owner);
        write(slabs, owner, Buffer.alloc(sizes[owner] ?? 0, owner));
        worst = Math.max(worst, slabs.allocatedBytes);
      }
    }
    expect(worst).toBeLessThan(first * 1.3);
    for (const owner of sizes.keys()) expect(slabs.bytes(owner).every((byte) => byte === (owner & 255))).toBe(true);
  });

  test('give a large record a slab of its own, gone when it is freed', () => {
    const slabs = new Slabs({ slabBytes: 64 * 1024 });
    write(slabs, 0, Buffer.alloc(10));
    const before = slabs.allocatedBytes;
    write(slabs, 1, Buffer.alloc(1_500_000, 7));
    expect(slabs.bytes(1).length).toBe(1_500_000);
    slabs.free(1);
    expect(slabs.allocatedBytes).toBe(before);
    expect(() => slabs.bytes(1)).toThrow(RangeError);
  });

  test('let go of everything when everything is freed, but for the slab being written', () => {
    const slabs = new Slabs({ slabBytes: 4096, firstSlabBytes: 4096 });
    for (let owner = 0; owner < 100; owner++) write(slabs, owner, Buffer.alloc(900));
    for (let owner = 0; owner < 100; owner++) slabs.free(owner);
    expect(slabs.liveBytes).toBe(0);
    expect(slabs.allocatedBytes).toBeLessThanOrEqual(4096);
  });
});
