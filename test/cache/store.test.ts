import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexReader } from '../../src/cache/index-definition.js';
import { Store } from '../../src/cache/store.js';
import { jsonObjectCodec } from '../../src/wire/index.js';

interface Thing {
  metadata: { name: string; namespace?: string; resourceVersion: string; labels?: Record<string, string> };
  value?: unknown;
}

function world() {
  const changes: string[] = [];
  const store: Store = new Store({
    apiVersion: 'v1',
    kind: 'Thing',
    freeze: true,
    slabBytes: 4096,
    listener: {
      wantsFinalState: () => true,
      changed: ({ change, key, slot, old, finalStateUnknown: unknown }) => {
        const version = (at: number) => (at === -1 ? '-' : store.versions.resourceVersion(at));
        changes.push(`${change} ${key} ${version(old)}>${version(slot)}${unknown ? ' unknown' : ''}`);
      },
    },
  });
  const head = jsonObjectCodec.head();
  const point = (thing: Thing) => {
    const bytes = Buffer.from(JSON.stringify(thing));
    head.scan(bytes, 0, bytes.length);
    return head;
  };
  const state = () => new Map([...store.entries()].map(([key, slot]) => [key, store.versions.object(slot)]));
  return { store, changes, point, state };
}

const thing = (name: string, version: number, more: Partial<Thing> = {}, namespace = 'ns'): Thing => ({
  metadata: { name, namespace, resourceVersion: String(version) },
  ...more,
});

describe('a store', () => {
  test('keeps the newest version and says what changed', () => {
    const { store, changes, point } = world();
    store.apply(point(thing('a', 1)));
    store.apply(point(thing('a', 2, { value: 'x' })));
    store.remove(point(thing('a', 3)));
    store.remove(point(thing('a', 3)));
    expect(changes).toEqual(['added ns/a ->1', 'updated ns/a 1>2', 'deleted ns/a 2>3']);
    expect(store.size).toBe(0);
    expect(store.versions.count).toBe(0);
    expect(store.versions.liveBytes).toBe(0);
  });

  test('takes an object with the resourceVersion it has for no change', () => {
    const { store, changes, point } = world();
    store.apply(point(thing('a', 1)));
    expect(store.apply(point(thing('a', 1)))).toBe(false);
    expect(changes).toHaveLength(1);
  });

  test('takes resourceVersions as they are, whether they are numbers or not, as slots are used again', () => {
    const { store, changes, point } = world();
    const versions = ['7', 'x-1', 'x-1', '007', '7', '9007199254740993', '9007199254740992', '9007199254740992', '7'];
    const taken = versions.map((resourceVersion) =>
      store.apply(point({ metadata: { name: 'a', namespace: 'ns', resourceVersion } })),
    );
    expect(taken).toEqual([true, true, false, true, true, true, true, false, true]);
    expect(changes.at(-1)).toBe('updated ns/a 9007199254740992>7');
    expect(changes[1]).toBe('updated ns/a 7>x-1');
    expect(changes[2]).toBe('updated ns/a x-1>007');
  });

  test('takes every object without a resourceVersion for a change', () => {
    const { store, point } = world();
    expect(store.apply(point(thing('a', 0, { metadata: { name: 'a', resourceVersion: '' } })))).toBe(true);
    expect(store.apply(point(thing('a', 0, { metadata: { name: 'a', resourceVersion: '' } })))).toBe(true);
  });

  test('fills in apiVersion and kind, which items of lists come without, and freezes what it hands out', () => {
    const { store, point } = world();
    store.apply(point(thing('a', 1, { value: { deep: [1] } })));
    const object = store.versions.object(store.slot('ns/a') ?? -1) as { kind: string; value: { deep: number[] } };
    expect(object.kind).toBe('Thing');
    expect(() => object.value.deep.push(2)).toThrow(TypeError);
    expect(store.versions.object(store.slot('ns/a') ?? -1)).toBe(object);
  });

  test('drops managedFields wherever they stand', () => {
    const { store, point } = world();
    const bytes = {
      metadata: { managedFields: [{ manager: 'x' }], name: 'a', resourceVersion: '1' },
      spec: { x: '€ \u{1f600} \\ "' },
    };
    store.apply(point(bytes as Thing));
    expect(store.versions.object(store.slot('a') ?? -1)).toEqual({
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'a', resourceVersion: '1' },
      spec: { x: '€ \u{1f600} \\ "' },
    });
  });

  test('lets a relist be seen in one step, and deletes what did not come with an unknown final state', () => {
    const { store, changes, point } = world();
    for (const name of ['same', 'changed', 'gone']) store.apply(point(thing(name, 1)));
    changes.length = 0;
    const relist = store.relist({ direct: false });
    relist.apply(point(thing('same', 1)));
    relist.apply(point(thing('changed', 5)));
    relist.apply(point(thing('new', 6)));
    expect(changes).toEqual([]);
    expect(store.size).toBe(3);
    relist.commit();
    expect(changes).toEqual(['updated ns/changed 1>5', 'added ns/new ->6', 'deleted ns/gone 1>1 unknown']);
  });

  test('is as it was after a relist that broke off, with nothing left behind', () => {
    const { store, changes, point } = world();
    store.apply(point(thing('a', 1)));
    const bytes = store.versions.liveBytes;
    const relist = store.relist({ direct: false });
    relist.apply(point(thing('a', 2)));
    relist.apply(point(thing('a', 3)));
    relist.apply(point(thing('b', 4)));
    relist.abandon();
    expect(changes).toHaveLength(1);
    expect(store.versions.liveBytes).toBe(bytes);
    expect(store.versions.count).toBe(1);
  });

  test('leaves other namespaces alone when one is relisted', () => {
    const { store, changes, point } = world();
    store.apply(point(thing('a', 1, {}, 'one')));
    store.apply(point(thing('b', 1, {}, 'two')));
    store.relist({ namespace: 'one', direct: false }).commit();
    expect(changes.slice(2)).toEqual(['deleted one/a 1>1 unknown']);
  });

  test('never holds two full sets: a relist in which all has changed is let in piece by piece', () => {
    const { store, point } = world();
    const big = 'x'.repeat(200_000);
    for (let i = 0; i < 300; i++) store.apply(point(thing(`n${i}`, 1, { value: big })));
    const first = store.versions.liveBytes;
    const relist = store.relist({ direct: false });
    let most = 0;
    for (let i = 0; i < 300; i++) {
      relist.apply(point(thing(`n${i}`, 2, { value: big })));
      most = Math.max(most, store.versions.liveBytes);
    }
    relist.commit();
    expect(store.versions.liveBytes).toBe(first);
    expect(most).toBeLessThan(first * 1.4);
  });

  test('fills an index that is added in the middle of a relist with what has come already', () => {
    const { store, point } = world();
    store.apply(point(thing('a', 1)));
    const labelled = thing('a', 2);
    labelled.metadata.labels = { l: 'x' };
    const relist = store.relist({ direct: false });
    relist.apply(point(labelled));
    const index = store.addIndex(
      'label l',
      indexReader({ label: 'l' }, store.versions, () => {}),
    );
    expect(index.slots('x')).toEqual([]);
    relist.commit();
    expect(index.slots('x').map((slot) => store.versions.key(slot))).toEqual(['ns/a']);
    expect([...index.values()]).toEqual(['x']);
    expect(index.size).toBe(1);
    store.clear();
    expect([index.size, index.count('x')]).toEqual([0, 0]);
  });

  test('finds objects by index through any history, and lets indexes come and go', () => {
    const step = fc.record({ name: fc.nat(12), label: fc.nat(3), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.nat(120), (steps, late) => {
        const { store, point } = world();
        const model = new Map<string, string>();
        const addIndex = () =>
          store.addIndex(
            'label l',
            indexReader({ label: 'l' }, store.versions, () => {}),
          );
        let index = late > 60 ? addIndex() : undefined;
        for (const [i, { name, label, remove }] of steps.entries()) {
          if (i === late) index ??= addIndex();
          const value = thing(`n${name}`, i + 1);
          if (label > 0) value.metadata.labels = { l: `v${label}` };
          if (remove) {
            store.remove(point(value));
            model.delete(`ns/n${name}`);
          } else {
            store.apply(point(value));
            model.set(`ns/n${name}`, `v${label}`);
          }
        }
        index ??= addIndex();
        for (const value of ['v1', 'v2', 'v3']) {
          const found = Array.from(index.slots(value), (slot) => store.versions.key(slot)).sort();
          const expected = [...model].filter(([, v]) => v === value).map(([key]) => key);
          expect(found).toEqual(expected.sort());
          expect(index.count(value)).toBe(expected.length);
        }
        expect(index.count('v0')).toBe(0);
        expect(store.namespaces.count('ns')).toBe(model.size);
        store.removeIndex('label l');
        store.clear();
        expect(store.versions.count).toBe(0);
      }),
    );
  });
});
