import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonObjectCodec } from '../../src/wire/index.js';
import { revisionOf } from '../../src/wire/revision.js';

const of = (text: string) => revisionOf(Buffer.from(`"${text}"`), 1, 1 + Buffer.byteLength(text));

describe('revisionOf', () => {
  it('reads what String writes, up to 15 digits', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (n) => of(String(n)) === n));
  });

  it.each(['', '007', '-1', '+1', '1.5', '1e3', ' 1', '1 ', '0x1', 'abc', '٣', '1234567890123456'])(
    'leaves %j to be kept as text',
    (text) => {
      expect(of(text)).toBe(-1);
    },
  );

  it('never takes two different texts for the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-.e '), maxLength: 18 }), (text) => {
        const revision = of(text);
        return revision === -1 || String(revision) === text;
      }),
    );
  });
});

describe('the revision of a head', () => {
  const head = jsonObjectCodec.head();
  const revision = (metadata: object) => {
    const bytes = jsonObjectCodec.encode({ metadata: { name: 'a', ...metadata } });
    head.scan(bytes, 0, bytes.length);
    return head.revision;
  };

  it('is that of the object', () => {
    expect(revision({ resourceVersion: '4711' })).toBe(4711);
  });

  it('is -1 where there is none, or it is no such number', () => {
    expect(revision({})).toBe(-1);
    expect(revision({ resourceVersion: null })).toBe(-1);
    expect(revision({ resourceVersion: 4711 })).toBe(-1);
    expect(revision({ resourceVersion: 'a-b' })).toBe(-1);
  });
});
