import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../src/wire/codec.js';
import { jsonObjectCodec as codec } from '../../src/wire/json-object-codec.js';
import { anyJson, objectLike, style, type Written, write } from './arbitrary-json.js';

const hydrate = (text: string) => codec.hydrate(Buffer.from(text), 0, Buffer.byteLength(text));

/** `text` as it becomes where `before` stands hydrated. Both lie in the middle of other bytes. */
function rehydrate(text: string, before: string): { object: unknown; old: unknown } {
  const old = hydrate(before);
  const bytes = Buffer.from(`"{${text}}]`);
  const known = Buffer.from(`[}"${before}{`);
  const object = codec.rehydrate(bytes, 2, bytes.length - 2, {
    bytes: known,
    start: 3,
    end: known.length - 1,
    object: old,
  });
  return { object, old };
}

const long = (mark: string) => ({
  mark,
  items: Array.from({ length: 20 }, (_, i) => ({ name: `item-${i}`, text: 'ü"}]' })),
});
const pod = (version: number, spec: unknown, status: unknown) =>
  JSON.stringify({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'a', resourceVersion: `${version}` },
    spec,
    status,
  });

describe('a new version of an object of which another stands hydrated', () => {
  it('is what it would be without it, and shares what is large and has not changed', () => {
    const { object, old } = rehydrate(pod(11, long('a'), long('c')), pod(9, long('a'), long('b')));
    expect(object).toEqual(JSON.parse(pod(11, long('a'), long('c'))));
    expect(Object.keys(Object(object))).toEqual(['kind', 'apiVersion', 'metadata', 'spec', 'status']);
    expect(Reflect.get(Object(object), 'spec')).toBe(Reflect.get(Object(old), 'spec'));
    expect(Reflect.get(Object(object), 'status')).not.toBe(Reflect.get(Object(old), 'status'));
  });

  it.each([
    [
      'another order of members',
      `{"spec":${JSON.stringify(long('a'))},"x":1}`,
      `{"x":1,"spec":${JSON.stringify(long('a'))}}`,
    ],
    ['a member twice', `{"spec":${JSON.stringify(long('a'))},"spec":1}`, `{"spec":${JSON.stringify(long('a'))}}`],
    [
      'a member twice before',
      `{"spec":${JSON.stringify(long('a'))}}`,
      `{"spec":${JSON.stringify(long('a'))},"spec":1}`,
    ],
    [
      'a member twice in disguise',
      `{"spec":${JSON.stringify(long('a'))},"\\u0073pec":1}`,
      `{"spec":${JSON.stringify(long('a'))}}`,
    ],
    [
      'a member called __proto__',
      `{"__proto__":${JSON.stringify(long('a'))}}`,
      `{"__proto__":${JSON.stringify(long('a'))},"x":1}`,
    ],
    ['an array', JSON.stringify([long('a')]), JSON.stringify([long('a')])],
    ['a number', '1', pod(1, long('a'), long('b'))],
    ['something else before', pod(1, long('a'), long('b')), '[1]'],
    [
      'the same text in a string',
      `{"a":${JSON.stringify(`"spec":${JSON.stringify(long('a'))}`)}}`,
      `{"spec":${JSON.stringify(long('a'))}}`,
    ],
  ])('is what it would be without it, with %s', (_, text, before) => {
    const { object } = rehydrate(text, before);
    expect(object).toEqual(JSON.parse(text));
    expect(JSON.stringify(object)).toBe(JSON.stringify(JSON.parse(text)));
    expect(Object.getPrototypeOf(object)).toBe(Object.getPrototypeOf(JSON.parse(text)));
  });

  it('is refused where it is malformed, at the same place', () => {
    const broken = pod(2, long('a'), long('b')).replace('"resourceVersion"', 'resourceVersion');
    const failure = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        return error instanceof MalformedError ? `${error.message} ${error.offset}` : error;
      }
      return 'nothing';
    };
    expect(failure(() => rehydrate(broken, pod(1, long('a'), long('b'))))).toBe(failure(() => hydrate(broken)));
  });

  it('is what it would be without it, whatever the documents', () => {
    const members = fc.oneof(objectLike, objectLike, anyJson);
    const edits = fc.array(fc.tuple(fc.nat(9), fc.constantFrom('drop', 'change', 'keep', 'double'), anyJson), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(members, edits, style, fc.boolean(), (document, changes, choices, sameStyle) => {
        const text = write(document, choices);
        const before = write(edited(document, changes), sameStyle ? choices : []);
        const { object } = rehydrate(text, before);
        const expected: unknown = JSON.parse(text);
        expect(object).toEqual(expected);
        expect(JSON.stringify(object)).toBe(JSON.stringify(expected));
      }),
      { numRuns: 2000 },
    );
  });
});

function edited(document: Written, changes: readonly (readonly [number, string, Written])[]): Written {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const members = [...document.members];
  for (const [choice, change, value] of changes) {
    const at = choice % Math.max(1, members.length);
    const member = members[at];
    if (member === undefined) continue;
    if (change === 'drop') members.splice(at, 1);
    else if (change === 'change') members[at] = [member[0], value];
    else if (change === 'double') members.push([member[0], value]);
  }
  return { members };
}
