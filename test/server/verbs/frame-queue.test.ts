import { describe, expect, it } from 'vitest';
import { FrameQueue } from '../../../src/server/encoding/frame-queue.js';

const frame = (bytes: number): Uint8Array => new Uint8Array(bytes);

describe('the frames that wait for a watch', () => {
  it('are bounded however the reader reads in between', async () => {
    const queue = new FrameQueue(1_000_000);
    let taken = 0;
    let pushed = 0;
    for (; pushed < 10_000_000; pushed += 100_000) {
      queue.push(frame(100_000));
      // The reader takes one frame for every two that are pushed.
      if ((pushed / 100_000) % 2 === 0) taken += (await queue.take())?.[0]?.length ?? 0;
      if (pushed - taken > 1_100_000) break;
    }
    for (let rest = await queue.take(); rest !== undefined; rest = await queue.take()) taken += rest[0]?.length ?? 0;
    expect(pushed).toBeLessThan(3_000_000);
    expect(taken).toBeLessThan(pushed);
  });

  it('stay the very bytes that other watches share, when they are large', async () => {
    const queue = new FrameQueue(1_000_000);
    const shared = frame(200_000);
    queue.push(shared);
    queue.push(shared);
    expect(await queue.take()).toEqual([shared]);
    expect((await queue.take())?.[0]).toBe(shared);
  });

  it('come in batches of at most 64 KiB, in order, when they are small', async () => {
    const queue = new FrameQueue(10_000_000);
    for (let index = 0; index < 3_000; index++) queue.push(Uint8Array.of(index & 255, index >> 8, ...new Array(98)));
    queue.end();
    const order: number[] = [];
    for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) {
      expect(batch.length).toBeLessThanOrEqual(655);
      order.push(...batch.map(([low = 0, high = 0]) => low + 256 * high));
    }
    expect(order).toEqual(Array.from({ length: 3_000 }, (_, index) => index));
  });
});
