import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/util/random.js';
import { MalformedError } from '../../../src/wire/codec.js';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { encodeObject, encodeWatchEvent } from '../../../src/wire/protobuf/encode.js';
import { LengthSplitter } from '../../../src/wire/protobuf/length-splitter.js';
import { protobufCodec } from '../../../src/wire/protobuf/protobuf-codec.js';
import { allKinds, factsFolder } from './all-kinds.js';
import { randomObject } from './random-object.js';

describe('random objects of every kind', () => {
  it('are of all groups', () => {
    expect(allKinds.length).toBeGreaterThan(300);
    expect(readdirSync(factsFolder).length).toBeGreaterThan(25);
  });

  it('come back from protobuf as they were, and as JSON gives them', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const [apiVersion, kind] of allKinds) {
          const object = randomObject(apiVersion, kind, seededRandom(seed));
          const text = JSON.stringify(object);
          const bytes = encodeObject(object, { strict: true });
          const decoded = decodeObject(bytes);
          if (JSON.stringify(decoded) !== JSON.stringify(JSON.parse(text))) expect(decoded).toEqual(JSON.parse(text));
          expect(Buffer.from(encodeObject(decoded)).equals(bytes)).toBe(true);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('hostile bytes', () => {
  /** Decodes, or fails as it should. */
  function attempt(bytes: Uint8Array): boolean {
    try {
      protobufCodec.decodeFrame(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      expect(error.offset).toBeGreaterThanOrEqual(0);
      expect(error.offset).toBeLessThanOrEqual(bytes.length);
      return false;
    }
  }

  it('decode or fail cleanly: every prefix and changed bytes of frames, 100,000 of them', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const chance = seededRandom(seed);
        let cases = 0;
        let failed = 0;
        while (cases < 100_000) {
          const [apiVersion, kind] = allKinds[Math.floor(chance() * allKinds.length)] ?? ['v1', 'Pod'];
          const frame = Buffer.from(encodeWatchEvent('ADDED', encodeObject(randomObject(apiVersion, kind, chance))));
          if (frame.length > 1_500) continue;
          for (let at = 0; at < frame.length; at++) {
            if (!attempt(frame.subarray(0, at))) failed++;
            const changed = Buffer.from(frame);
            changed[at] = Math.floor(chance() * 256);
            if (!attempt(changed)) failed++;
            cases += 2;
          }
          expect(attempt(frame)).toBe(true);
        }
        expect(failed).toBeGreaterThan(cases / 4);
      }),
      { numRuns: 1 },
    );
  }, 120_000);
});

describe('LengthSplitter', () => {
  it('gives the same frames however the chunks fall, and says where they were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.flatMap((frame) => [Uint8Array.of(0, 0, 0, frame.length), frame]));
          const splitter = new LengthSplitter();
          const seen: string[] = [];
          let expected = 0;
          for (let at = 0, cut = 0; at < stream.length; cut++) {
            const end = at + (cuts[cut % cuts.length] ?? stream.length);
            splitter.push(stream.subarray(at, end), (frame) => {
              expect(splitter.offset).toBe(expected + 4);
              expected += 4 + frame.length;
              seen.push(Buffer.from(frame).toString('hex'));
            });
            at = end;
          }
          expect(seen).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')));
          expect([splitter.pending, splitter.offset]).toEqual([0, stream.length]);
        },
      ),
    );
  });

  it('refuses a frame that is announced larger than the bound, without waiting for it', () => {
    const splitter = new LengthSplitter(1_000);
    expect(() => splitter.push(Uint8Array.of(0, 0, 3, 233), () => {})).toThrow(MalformedError);
    const other = new LengthSplitter(1_000);
    other.push(Uint8Array.of(0, 0, 3), () => {});
    expect(other.pending).toBe(3);
    expect(() => other.push(Uint8Array.of(233), () => {})).toThrow(/larger than 1000 bytes/);
  });
});
