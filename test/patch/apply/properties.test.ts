import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../src/meta/index.js';
import { decodeFieldsV1, encodeFieldsV1 } from '../../../src/patch/apply/fields-v1.js';
import { toFieldSet } from '../../../src/patch/apply/to-field-set.js';
import { rootType } from '../../../src/patch/apply/type-system.js';
import {
  type JsonObject,
  PatchError,
  type SchemaResolver,
  serverSideApply,
  trackUpdate,
} from '../../../src/patch/index.js';
import { objectsOf } from '../arbitrary.js';
import { creatableKinds, customResolver, resolverOf } from '../facts.js';

interface Subject {
  apiVersion: string;
  kind: string;
  schema: SchemaResolver;
}

const now = '2026-01-01T00:00:00Z';

const kinds = fc.constantFrom(
  ...creatableKinds()
    .map(({ apiVersion, kind }): Subject => ({ apiVersion, kind, schema: resolverOf(apiVersion, kind) }))
    .filter(({ schema }) => schema.root.properties?.metadata !== undefined),
);

/** A kind and one object of it. */
const one = kinds.chain((subject) => objects(subject).map((object) => ({ subject, object })));

function objects({ apiVersion, kind, schema }: Subject): fc.Arbitrary<JsonObject> {
  return objectsOf(apiVersion, kind, schema);
}

function apply(
  subject: Subject,
  live: JsonObject | undefined,
  applied: JsonObject,
  manager: string,
  force = false,
): JsonObject {
  return serverSideApply({ ...subject, live, applied, manager, force, now }).object;
}

function bare(object: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata as JsonObject;
  return { ...object, metadata };
}

function entriesOf(object: JsonObject): ManagedFieldsEntry[] {
  return ((object.metadata as JsonObject).managedFields ?? []) as ManagedFieldsEntry[];
}

/** The object in two, by the fields of its top level and of its spec. */
function split(object: JsonObject, left: (key: string) => boolean): [JsonObject, JsonObject] {
  const part = (keep: (key: string) => boolean): JsonObject => {
    const out: JsonObject = { ...filtered(object, keep), apiVersion: object.apiVersion, kind: object.kind };
    const metadata = object.metadata as JsonObject;
    out.metadata = { ...filtered(metadata, keep), name: metadata.name, namespace: metadata.namespace };
    if (isMap(object.spec)) out.spec = filtered(object.spec, keep);
    return out;
  };
  return [part(left), part((key) => !left(key))];
}

function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function filtered(object: JsonObject, keep: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keep(key)));
}

/** Which fields go to the left. */
const sides = fc.func(fc.boolean());

describe('server-side apply, for objects of every kind', () => {
  it('makes the applied object where there was none', () => {
    fc.assert(
      fc.property(one, ({ subject, object }) => {
        const before = JSON.stringify(object);
        expect(bare(apply(subject, undefined, object, 'm'))).toEqual(object);
        expect(JSON.stringify(object)).toBe(before);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(one, ({ subject, object }) => {
        const live = apply(subject, undefined, object, 'm');
        expect(apply(subject, live, object, 'm')).toEqual(live);
      }),
    );
  });

  it('shares what two managers apply alike, and changes nothing by it', () => {
    fc.assert(
      fc.property(one, ({ subject, object }) => {
        const live = apply(subject, undefined, object, 'one');
        const shared = apply(subject, live, object, 'two');
        expect(bare(shared)).toEqual(bare(live));
        const sets = entriesOf(shared).map(({ fieldsV1 }) => fieldsV1);
        if (sets.length > 0) expect(sets).toEqual([sets[0], sets[0]]);
      }),
    );
  });

  it('gives the same object whichever of two managers with different fields comes first', () => {
    fc.assert(
      fc.property(one, sides, ({ subject, object }, left) => {
        const [a, b] = split(object, left);
        const ab = apply(subject, apply(subject, undefined, a, 'a'), b, 'b');
        const ba = apply(subject, apply(subject, undefined, b, 'b'), a, 'a');
        expect(bare(ab)).toEqual(bare(ba));
        expect(byManager(ab)).toEqual(byManager(ba));
      }),
    );
  });

  it('removes what its only owner no longer applies', () => {
    fc.assert(
      fc.property(one, sides, ({ subject, object }, left) => {
        const [kept] = split(object, left);
        const live = apply(subject, undefined, object, 'm');
        const smaller = apply(subject, live, kept, 'm');
        expect(withoutEmpty(bare(smaller))).toEqual(withoutEmpty(bare(kept)));
        expect(byManager(smaller)).toEqual(byManager(apply(subject, undefined, kept, 'm')));
      }),
    );
  });

  it('keeps what somebody else owns too', () => {
    fc.assert(
      fc.property(one, sides, ({ subject, object }, left) => {
        const [kept] = split(object, left);
        const shared = apply(subject, apply(subject, undefined, object, 'one'), object, 'two');
        expect(bare(apply(subject, shared, kept, 'one'))).toEqual(object);
      }),
    );
  });

  it('lets a manager overrule another only by force, which takes the fields', () => {
    fc.assert(
      fc.property(
        kinds.chain((subject) => fc.tuple(fc.constant(subject), objects(subject), objects(subject))),
        ([subject, first, second]) => {
          const live = apply(subject, undefined, first, 'first');
          let conflicts = 0;
          let result: JsonObject;
          try {
            result = apply(subject, live, second, 'second');
          } catch (error) {
            if (!(error instanceof PatchError) || error.code !== 409) throw error;
            conflicts = error.causes.length;
            expect(conflicts).toBeGreaterThan(0);
            result = apply(subject, live, second, 'second', true);
          }
          // What was applied by force stays as it is when it is applied again without.
          expect(apply(subject, result, second, 'second')).toEqual(result);
          if (conflicts > 0) expect(byManager(result).first).not.toEqual(byManager(live).first);
        },
      ),
    );
  });

  it('writes field sets that read back the same', () => {
    fc.assert(
      fc.property(one, ({ subject, object }) => {
        const set = toFieldSet(rootType(subject.schema), object);
        expect(decodeFieldsV1(JSON.parse(JSON.stringify(encodeFieldsV1(set)))).equals(set)).toBe(true);
      }),
    );
  });

  it('works the same without a schema', () => {
    const subject = { apiVersion: 'x.io/v1', kind: 'W', schema: customResolver({}) };
    fc.assert(
      fc.property(kinds.chain(objects), sides, (any, left) => {
        const object = { ...any, apiVersion: 'x.io/v1', kind: 'W' };
        const [kept] = split(object, left);
        const live = apply(subject, undefined, object, 'm');
        expect(bare(live)).toEqual(object);
        expect(withoutEmpty(bare(apply(subject, live, kept, 'm')))).toEqual(withoutEmpty(kept));
      }),
    );
  });
});

describe('tracking of updates, for objects of every kind', () => {
  it('gives a creator everything but identity, and nothing more to whoever changes nothing', () => {
    fc.assert(
      fc.property(one, ({ subject, object }) => {
        const created = trackUpdate({ ...subject, live: undefined, updated: object, manager: 'creator', now });
        expect(bare(created)).toEqual(object);
        expect(trackUpdate({ ...subject, live: created, updated: created, manager: 'other', now })).toEqual(created);
      }),
    );
  });

  it('leaves nobody owning what is gone', () => {
    fc.assert(
      fc.property(one, sides, ({ subject, object }, left) => {
        const [kept] = split(object, left);
        // As custom resources: Go keeps a field of its structs that was unset, as zero, and so does its owner.
        const context = { ...subject, schema: { ...subject.schema, custom: true }, manager: 'm', now };
        const created = trackUpdate({ ...context, live: undefined, updated: object });
        const smaller = trackUpdate({ ...context, live: created, updated: kept });
        const again = trackUpdate({ ...context, live: undefined, updated: kept });
        expect(byManager(smaller)).toEqual(byManager(again));
      }),
    );
  });
});

function byManager(object: JsonObject): { [manager: string]: unknown } {
  return Object.fromEntries(entriesOf(object).map(({ manager = '', fieldsV1 }) => [manager, fieldsV1]));
}

/** Without maps and lists that are empty or hold nothing but such: pruning may leave them behind, as upstream does. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, withoutEmpty(part)] as const);
  const full = entries.filter(([, part]) => part !== undefined);
  return full.length === 0 ? undefined : Object.fromEntries(full);
}
