import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BracketMatcher, maxDepth } from '../../src/wire/bracket-matcher.js';
import { valueEnd } from '../../src/wire/json-scanner.js';
import { anyJson, style, write } from './arbitrary-json.js';

const owner = {};
const longText = fc.string({ unit: fc.constantFrom('a', '\\', '"', '{', ']', 'é', '\n'), maxLength: 300 });

/** Objects and arrays of some hundred bytes, so that many blocks of 64 are walked over, with anything on a block's border. */
const container = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(anyJson, longText), { maxLength: 12 }))
  .map(([asArray, values]) => (asArray ? values : { members: values.map((value, i) => [`k${i}`, value] as const) }));

describe('the bracket matcher', () => {
  it('is to be had here', () => {
    expect(BracketMatcher.forDocuments()).toBeDefined();
    expect(BracketMatcher.forLists()).toBeDefined();
  });

  it('finds where every value ends, as looking at each byte does, whatever follows', () => {
    const matcher = BracketMatcher.create();
    fc.assert(
      fc.property(container, style, fc.nat(130), fc.string(), (value, choices, before, after) => {
        const document = Buffer.from(write(value, choices));
        const bytes = Buffer.concat([Buffer.alloc(before, 0x22), document, Buffer.from(after)]);
        const end = before + document.length;
        expect(valueEnd(bytes, before, bytes.length)).toBe(end);
        matcher.load(owner, bytes, before, bytes.length);
        expect(matcher.find(before, 0, false)).toBe(end);
        // What follows is not looked at, and what is missing is missed.
        matcher.load(owner, bytes, before, end);
        expect(matcher.find(before, 0, false)).toBe(end);
        matcher.load(owner, bytes, before, end - 1);
        expect(matcher.find(before, 0, false)).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('goes on where the bytes ended, however they were cut', () => {
    const matcher = BracketMatcher.create();
    fc.assert(
      fc.property(
        container,
        style,
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (value, choices, cuts) => {
          const document = Buffer.from(write(value, choices));
          let from = 0;
          let depth = 0;
          let inString = false;
          for (let turn = 0; ; turn++) {
            let to = Math.min(from + (cuts[turn % cuts.length] ?? 1), document.length);
            // A cut between a backslash and what it escapes is for the caller to mend.
            while (isEscaped(document, to)) to++;
            matcher.load(owner, document, from, to);
            const found = matcher.find(from, depth, inString);
            if (found !== 0) {
              expect(found).toBe(document.length);
              return;
            }
            expect(to).toBeLessThan(document.length);
            ({ depth, inString } = matcher);
            from = to;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses what nests too deep', () => {
    const matcher = BracketMatcher.create();
    for (const levels of [maxDepth, maxDepth + 200]) {
      const bytes = Buffer.from('['.repeat(levels) + ']'.repeat(levels));
      matcher.load(owner, bytes, 0, bytes.length);
      expect(matcher.find(0, 0, false)).toBe(levels === maxDepth ? bytes.length : -1);
    }
  });

  it('knows whose bytes it has', () => {
    const matcher = BracketMatcher.create();
    const bytes = Buffer.from('{"a":[]}');
    matcher.load(owner, bytes, 0, 8);
    expect([
      matcher.has(owner, 0, 8),
      matcher.has(owner, 5, 8),
      matcher.has(owner, 5, 7),
      matcher.has({}, 0, 8),
    ]).toEqual([true, true, false, false]);
    matcher.release({});
    expect(matcher.has(owner, 0, 8)).toBe(true);
    matcher.release(owner);
    expect(matcher.has(owner, 0, 8)).toBe(false);
  });
});

/** Whether the byte before `at` is a backslash that escapes the one at `at`. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let slashes = 0;
  while (bytes[at - slashes - 1] === 0x5c) slashes++;
  return (slashes & 1) === 1;
}
