import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BracketMatcher, maxDepth, windowBytes } from '../../src/wire/bracket-matcher.js';
import { valueEnd } from '../../src/wire/json-scanner.js';
import { anyJson, style, write } from './arbitrary-json.js';

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
        expect(matcher.find({}, bytes, before, bytes.length)).toBe(end);
        // What follows is not looked at, and what is missing is missed.
        expect(matcher.find({}, bytes, before, end)).toBe(end);
        expect(matcher.find({}, bytes, before, end - 1)).toBe(0);
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
        fc.array(fc.integer({ min: 2, max: 200 }), { minLength: 1 }),
        (value, choices, cuts) => {
          const document = Buffer.from(write(value, choices));
          let from = 0;
          matcher.depth = 0;
          matcher.inString = false;
          for (let turn = 0; ; turn++) {
            const to = Math.min(from + (cuts[turn % cuts.length] ?? 2), document.length);
            const found = matcher.find({}, document, from, to, matcher.depth, matcher.inString);
            if (found !== 0) {
              expect(found).toBe(document.length);
              return;
            }
            expect(to).toBeLessThan(document.length);
            from = matcher.escaped ? to + 1 : to;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads values of any length, window by window, whatever stands where two meet', () => {
    const matcher = BracketMatcher.create();
    for (const filler of ['\\\\', '\\"', 'é', '{"]', 'x'].map((text) => JSON.stringify(text).slice(1, -1))) {
      for (let shift = 0; shift < 7; shift++) {
        const document = Buffer.from(`[${' '.repeat(shift)}"${filler.repeat(windowBytes / 2)}",[{}]]`);
        expect(matcher.find({}, document, 0, document.length)).toBe(document.length);
        expect(matcher.find({}, document, 0, document.length - 1)).toBe(0);
      }
    }
  });

  it('refuses what nests too deep', () => {
    const matcher = BracketMatcher.create();
    for (const levels of [maxDepth, maxDepth + 200]) {
      const bytes = Buffer.from('['.repeat(levels) + ']'.repeat(levels));
      expect(matcher.find({}, bytes, 0, bytes.length)).toBe(levels === maxDepth ? bytes.length : -1);
    }
  });

  it('reads again what changed, once its owner has let go', () => {
    const matcher = BracketMatcher.create();
    const owner = {};
    const bytes = Buffer.from('{"a":[]}{}');
    expect(matcher.find(owner, bytes, 0, 10)).toBe(8);
    expect(matcher.find(owner, bytes, 5, 10)).toBe(7);
    bytes.write('[[[]]]');
    matcher.release(owner);
    expect(matcher.find(owner, bytes, 0, 10)).toBe(6);
  });
});
