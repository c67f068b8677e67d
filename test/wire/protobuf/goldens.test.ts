import { describe, expect, it } from 'vitest';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { encodeObject } from '../../../src/wire/protobuf/encode.js';
import { goldens } from './golden.js';

describe('protobuf and JSON of the same objects', () => {
  it('are many', () => {
    expect(goldens.length).toBeGreaterThan(100);
  });

  it.each(goldens.map((golden) => [golden.name, golden] as const))(
    '%s: decodes to what its JSON says, in the same order, and is written with the same bytes',
    (_name, golden) => {
      const { protobuf } = golden;
      const json = withoutTemplateTypes(golden.json);
      const decoded = decodeObject(protobuf);
      expect(decoded).toEqual(json);
      // toEqual takes any order and overlooks undefined.
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(json));
      expect(Buffer.from(encodeObject(json, { strict: true })).equals(protobuf)).toBe(true);
    },
  );
});

/** Protobuf has no place for the apiVersion and kind that JSON has in each volumeClaimTemplate of a StatefulSet. */
function withoutTemplateTypes(json: unknown): unknown {
  const text = JSON.stringify(json);
  return JSON.parse(
    text.replace(
      '"volumeClaimTemplates":[{"kind":"PersistentVolumeClaim","apiVersion":"v1",',
      '"volumeClaimTemplates":[{',
    ),
  );
}
