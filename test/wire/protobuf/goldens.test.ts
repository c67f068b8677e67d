import { describe, expect, it } from 'vitest';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { encodeObject } from '../../../src/wire/protobuf/encode.js';
import { goldens, goldensMissing } from './golden.js';

describe.skipIf(goldensMissing !== '')(`protobuf and JSON of the same objects${goldensMissing}`, () => {
  it('are many', () => {
    expect(goldens().length).toBeGreaterThan(50);
  });

  it.each(goldens().map((golden) => [golden.name, golden] as const))(
    '%s: decodes to what its JSON says, in the same order, and is written with the same bytes',
    (_name, { json, protobuf }) => {
      const expected: unknown = JSON.parse(json);
      const decoded = decodeObject(protobuf);
      expect(decoded).toEqual(expected);
      // toEqual takes any order and overlooks undefined.
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(expected));
      expect(Buffer.from(encodeObject(expected, { strict: true })).equals(protobuf)).toBe(true);
    },
  );
});
