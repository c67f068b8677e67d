import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonCodec, MalformedError } from '../../src/wire/index.js';
import { LineSplitter } from '../../src/wire/line-splitter.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (frame: Uint8Array) => new TextDecoder().decode(frame);
const malformed = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof MalformedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('jsonCodec', () => {
  test('gives back what it was given, unknown fields and all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(jsonCodec.decode(jsonCodec.encode(value)))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('keeps a key called __proto__ as data and leaves prototypes alone', () => {
    const object = jsonCodec.decode(bytes('{"__proto__":{"polluted":true},"a":1}')) as object;
    expect(Object.keys(object)).toEqual(['__proto__', 'a']);
    expect('polluted' in object).toBe(false);
    expect(text(jsonCodec.encode(object))).toBe('{"__proto__":{"polluted":true},"a":1}');
  });

  test.each([
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['[1,2', 4],
    ['', 0],
    ['{"a":"x\ny"}', 7],
    ['[true,nul]', 9],
    ['{"ä":x}', 6],
    ['{} {}', 3],
    ['[1.]', 3],
    ['["\\q"]', 3],
    [`${'['.repeat(5)}${']'.repeat(6)}`, 10],
  ])('says at which byte %j breaks', (document, offset) => {
    expect(malformed(() => jsonCodec.decode(bytes(document))).offset).toBe(offset);
  });

  test('finds the position wherever a document is cut or a byte is put in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom('cut', 'insert'), (value, position, how) => {
        const whole = jsonCodec.encode(value);
        const at = position % whole.length;
        const broken =
          how === 'cut' ? whole.slice(0, at) : bytes(`${text(whole.slice(0, at))}\u0001${text(whole.slice(at))}`);
        try {
          jsonCodec.decode(broken);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
          expect(error.offset).toBeLessThanOrEqual(at + (how === 'cut' ? 0 : 2));
          return;
        }
        // A number stays a number when its end is cut off.
        expect(how === 'cut' && typeof value === 'number').toBe(true);
      }),
    );
  });

  test('refuses bytes that are not UTF-8 and says where', () => {
    const whole = Buffer.concat([bytes('{"ä":"'), Uint8Array.of(0xff), bytes('"}')]);
    expect(malformed(() => jsonCodec.decode(whole)).offset).toBe(7);
  });

  test('never quotes the document in an error', () => {
    const error = malformed(() => jsonCodec.decode(bytes('{"password":"hunter2"')));
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('hunter2');
  });

  test('bears nesting a million levels deep', () => {
    expect(malformed(() => jsonCodec.decode(bytes('['.repeat(1_000_000)))).offset).toBe(1_000_000);
    expect(malformed(() => jsonCodec.decode(bytes(`${'['.repeat(100_000)}${']'.repeat(99_999)}`))).offset).toBe(
      199_999,
    );
  });

  test('takes a frame apart and refuses one that is not a watch event', () => {
    expect(jsonCodec.decodeFrame(bytes('{"type":"ADDED","object":{"x":1}}'))).toEqual({
      type: 'ADDED',
      object: { x: 1 },
    });
    for (const frame of ['[]', 'null', '{"type":1,"object":{}}', '{"type":"ADDED"}', '7']) {
      expect(() => jsonCodec.decodeFrame(bytes(frame))).toThrow(MalformedError);
    }
  });
});

describe('LineSplitter', () => {
  test('gives the same frames at any chunk boundaries, 1-byte chunks included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (values, sizes) => {
          const lines = values.map((value) => JSON.stringify(value));
          const stream = bytes(lines.map((line) => `${line}\n`).join(''));
          const splitter = jsonCodec.frames();
          const frames: string[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            const chunk = stream.slice(at, at + size);
            splitter.push(chunk, (frame) => frames.push(text(frame)));
            chunk.fill(0);
            at += size;
          }
          expect(frames).toEqual(lines);
          expect([splitter.pending, splitter.offset]).toEqual([0, stream.length]);
        },
      ),
    );
  });

  test('counts what is pending, and drops empty lines', () => {
    const splitter = new LineSplitter();
    const frames: string[] = [];
    splitter.push(bytes('\n\r\n{"a":1}\r\n{"b"'), (frame) => frames.push(text(frame)));
    expect([frames, splitter.pending, splitter.offset]).toEqual([['{"a":1}\r'], 4, 12]);
  });

  test('takes about the room of the bytes it waits with, however small the chunks', () => {
    const splitter = new LineSplitter();
    const before = process.memoryUsage();
    for (let sent = 0; sent < 1_000_000; sent++) splitter.push(bytes('x'), () => {});
    const after = process.memoryUsage();
    expect(splitter.pending).toBe(1_000_000);
    // A million small arrays would be 100 MB and more.
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(60_000_000);
  });

  test('refuses a frame above its bound instead of filling memory', () => {
    const splitter = new LineSplitter(10);
    splitter.push(bytes('12345\n67890'), () => {});
    const error = malformed(() => splitter.push(bytes('123456'), () => {}));
    expect(error.offset).toBe(6);
    expect(malformed(() => new LineSplitter(3).push(bytes('1234\n'), () => {})).message).toContain('more than 3 bytes');
  });
});
