import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addFinalizer,
  type Condition,
  compareResourceVersions,
  controllerOf,
  controllerReference,
  deepEqual,
  FormatError,
  findCondition,
  formatGroupVersionKind,
  formatKey,
  groupVersionKindOf,
  hasFinalizer,
  isBeingDeleted,
  isConditionFalse,
  isConditionTrue,
  isControlledBy,
  isNewer,
  isOwnedBy,
  isPercent,
  type KubeObject,
  keyOf,
  ownerReference,
  parseApiVersion,
  parseGroupVersionKind,
  parseKey,
  removeCondition,
  removeFinalizer,
  scaledValue,
  setCondition,
  setControllerReference,
  setOwnerReference,
} from '../../src/meta/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';

describe('resourceVersion', () => {
  it('orders as whole numbers of any length', () => {
    expect(isNewer('10', '9')).toBe(true);
    expect(isNewer('9', '9')).toBe(false);
    expect(isNewer({ metadata: { resourceVersion: '18446744073709551616' } }, '18446744073709551615')).toBe(true);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 40n }), fc.bigInt({ min: 1n, max: 10n ** 40n }), (a, b) => {
        expect(compareResourceVersions(String(a), String(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('refuses whatever is not one, instead of guessing', () => {
    for (const bad of ['', '0', '01', '-1', '1.0', 'abc', '1 ', '٣', {}]) {
      expect(() => isNewer(bad, '1'), JSON.stringify(bad)).toThrow(/resource version is not well formed/);
      expect(() => isNewer('1', bad), JSON.stringify(bad)).toThrow(FormatError);
    }
  });
});

describe('object keys', () => {
  it('go from objects to text to parts', () => {
    expect(keyOf({ metadata: { name: 'web-0', namespace: 'shop' } })).toBe('shop/web-0');
    expect(keyOf({ metadata: { name: 'node-1' } })).toBe('node-1');
    expect(parseKey('shop/web-0')).toEqual({ namespace: 'shop', name: 'web-0' });
    expect(parseKey('node-1')).toEqual({ namespace: undefined, name: 'node-1' });
    expect([formatKey(undefined, 'a'), formatKey('b', 'a')]).toEqual(['a', 'b/a']);
  });

  it('are refused when they name nothing', () => {
    for (const bad of ['', '/', 'a/', '/a', 'a/b/c']) expect(() => parseKey(bad), bad).toThrow(FormatError);
    for (const bad of [{}, { metadata: {} }, { metadata: { namespace: 'a' } }])
      expect(() => keyOf(bad)).toThrow(FormatError);
  });
});

describe('kinds as text', () => {
  it('go there and back', () => {
    expect(parseApiVersion('v1')).toEqual({ group: '', version: 'v1' });
    expect(parseApiVersion('apps/v1')).toEqual({ group: 'apps', version: 'v1' });
    for (const text of ['v1/Pod', 'apps/v1/Deployment'])
      expect(formatGroupVersionKind(parseGroupVersionKind(text))).toBe(text);
    expect(groupVersionKindOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    });
  });

  it('are refused when they are none', () => {
    for (const bad of ['', 'a/b/c', 'a/']) expect(() => parseApiVersion(bad), bad).toThrow(FormatError);
    for (const bad of ['', 'Pod', '/Pod', 'v1/', 'a/b/c/D'])
      expect(() => parseGroupVersionKind(bad), bad).toThrow(FormatError);
    expect(() => groupVersionKindOf({ kind: 'Pod' })).toThrow(FormatError);
  });
});

describe('owners', () => {
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', uid: 'u1' } };
  const draft = (): KubeObject => ({ metadata: { name: 'x', namespace: 'shop' } });

  it('become references', () => {
    expect(ownerReference(web)).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u1' });
    expect(controllerReference(web)).toEqual({ ...ownerReference(web), controller: true, blockOwnerDeletion: true });
    expect(() => ownerReference({ ...web, metadata: { name: 'web' } })).toThrow(/the object the server returned/);
  });

  it('are set once, and again only when something changes', () => {
    const object = draft();
    expect(setControllerReference(object, web)).toBe(true);
    expect(setControllerReference(object, web)).toBe(false);
    expect(controllerOf(object)?.name).toBe('web');
    expect([isControlledBy(object, web), isOwnedBy(object, web)]).toEqual([true, true]);
    const reborn = { ...web, apiVersion: 'apps/v2', metadata: { ...web.metadata, uid: 'u2' } };
    expect(isControlledBy(object, reborn)).toBe(false);
    expect(setControllerReference(object, reborn)).toBe(true);
    expect(object.metadata?.ownerReferences).toHaveLength(1);
    expect(isControlledBy(object, reborn)).toBe(true);
  });

  it('may be many, but only one may manage, and only from the same namespace', () => {
    const object = draft();
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'shop', uid: 'u3' } };
    setControllerReference(object, web);
    expect(() => setControllerReference(object, other)).toThrow('already managed by Deployment web');
    expect(setOwnerReference(object, ownerReference(other))).toBe(true);
    expect([isControlledBy(object, other), isOwnedBy(object, other)]).toEqual([false, true]);
    expect(object.metadata?.ownerReferences).toHaveLength(2);
    expect(() => setControllerReference({ metadata: { name: 'x', namespace: 'b' } }, web)).toThrow(
      'namespace shop cannot own',
    );
    expect(() => setControllerReference({ metadata: { name: 'x' } }, web)).toThrow('without a namespace');
    expect(
      setControllerReference(
        { metadata: { name: 'x' } },
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'u' } },
      ),
    ).toBe(true);
    expect(isOwnedBy({}, {})).toBe(false);
  });
});

describe('conditions', () => {
  const ready = { type: 'Ready', status: 'False', reason: 'Starting', message: '' };

  it('get the time of their last change of status, and of nothing else', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const first = setCondition(undefined, ready, { clock });
    expect(first).toEqual([{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }]);
    await clock.advance(60_000);
    const second = setCondition(first, { ...ready, reason: 'Pulling', observedGeneration: 2 }, { clock });
    expect(second).toEqual([
      { ...ready, reason: 'Pulling', observedGeneration: 2, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]);
    const third = setCondition(second, { ...ready, status: 'True' }, { clock });
    expect(third[0]?.lastTransitionTime).toBe('2026-01-01T00:01:00Z');
    expect(first[0]?.reason).toBe('Starting');
    const given = setCondition(third, { ...ready, lastTransitionTime: '2020-01-01T00:00:00Z' }, { clock });
    expect(given[0]?.lastTransitionTime).toBe('2020-01-01T00:00:00Z');
  });

  it('keep their place, and can be found and removed', () => {
    const clock = new FakeClock();
    let list: Condition[] = setCondition(null, { ...ready, type: 'A' }, { clock });
    list = setCondition(list, { ...ready, type: 'B', status: 'True' }, { clock });
    list = setCondition(list, { ...ready, type: 'A', status: 'Unknown' }, { clock });
    expect(list.map((c) => c.type)).toEqual(['A', 'B']);
    expect([
      isConditionTrue(list, 'B'),
      isConditionFalse(list, 'B'),
      isConditionTrue(list, 'A'),
      isConditionFalse(list, 'C'),
    ]).toEqual([true, false, false, false]);
    expect(findCondition(list, 'C')).toBeUndefined();
    expect(removeCondition(list, 'A').map((c) => c.type)).toEqual(['B']);
    expect(removeCondition(undefined, 'A')).toEqual([]);
    expect(deepEqual(setCondition(list, { ...ready, type: 'B', status: 'True' }, { clock }), list)).toBe(true);
  });

  it('of kinds with fields of their own keep these', () => {
    interface PodCondition {
      type: string;
      status: string;
      lastTransitionTime?: string | undefined;
      lastProbeTime?: string | undefined;
    }
    const list: PodCondition[] = [{ type: 'Ready', status: 'True', lastProbeTime: 'x' }];
    expect(setCondition(list, { type: 'Ready', status: 'False' }, { clock: new FakeClock(0) })).toEqual([
      { type: 'Ready', status: 'False', lastProbeTime: 'x', lastTransitionTime: '1970-01-01T00:00:00Z' },
    ]);
  });
});

describe('finalizers', () => {
  it('are added and removed once', () => {
    const object: KubeObject = {};
    expect([addFinalizer(object, 'a/b'), addFinalizer(object, 'a/b'), addFinalizer(object, 'c')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(object.metadata?.finalizers).toEqual(['a/b', 'c']);
    expect([removeFinalizer(object, 'a/b'), removeFinalizer(object, 'a/b'), hasFinalizer(object, 'c')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(removeFinalizer({}, 'a')).toBe(false);
    expect([
      isBeingDeleted(object),
      isBeingDeleted({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ]).toEqual([false, true]);
  });
});

describe('int or percentage', () => {
  it('scales as Kubernetes does', () => {
    expect([
      scaledValue(3, 10, 'up'),
      scaledValue('25%', 10, 'up'),
      scaledValue('25%', 10, 'down'),
      scaledValue('0%', 5, 'up'),
      scaledValue('150%', 4, 'down'),
    ]).toEqual([3, 3, 2, 0, 6]);
    expect([isPercent('25%'), isPercent('25'), isPercent(25), isPercent('x%')]).toEqual([true, false, false, false]);
    expect(() => scaledValue('25', 10, 'up')).toThrow(
      'invalid value for IntOrString: invalid type: string is not a percentage',
    );
    expect(() => scaledValue('x%', 10, 'up')).toThrow(
      'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
    );
  });
});

describe('deepEqual', () => {
  const json = fc.jsonValue({ maxDepth: 4 });

  it('takes absent, null and an empty list as equal, but not an empty map, zero, or an empty text', () => {
    expect(deepEqual({ a: [], c: null }, {})).toBe(true);
    expect(deepEqual(undefined, [])).toBe(true);
    expect(deepEqual({ a: { b: [] } }, { a: {} })).toBe(true);
    expect(deepEqual({ emptyDir: {} }, {})).toBe(false);
    for (const a of [0, '', false]) expect(deepEqual({ a }, {})).toBe(false);
    expect(deepEqual([null], [])).toBe(false);
    expect(deepEqual([1, 2], [2, 1])).toBe(false);
    expect(deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(deepEqual([1], { 0: 1 })).toBe(false);
    expect(deepEqual(JSON.parse('{"__proto__":{"a":1}}'), {})).toBe(false);
    expect(deepEqual(JSON.parse('{"constructor":1}'), {})).toBe(false);
  });

  it('holds for a value and its copy, both ways round', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(deepEqual(a, structuredClone(a))).toBe(true);
        expect(deepEqual(a, b)).toBe(deepEqual(b, a));
      }),
    );
  });

  it('agrees with comparing what is left when absent things are dropped', () => {
    const normal = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.length === 0 ? null : value.map(normal);
      if (typeof value !== 'object' || value === null) return value;
      const kept = Object.entries(value).map(([k, v]) => [k, normal(v)] as const);
      return { map: kept.filter(([, v]) => v !== null).sort(([a], [b]) => (a < b ? -1 : 1)) };
    };
    const small = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 0, 'a'),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
      ),
    })).value;
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(deepEqual(a, b)).toBe(JSON.stringify(normal(a)) === JSON.stringify(normal(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('goes as deep as data goes', () => {
    let a: unknown = 1;
    let b: unknown = 1;
    for (let i = 0; i < 100_000; i++) [a, b] = [[a], [b]];
    expect(deepEqual(a, b)).toBe(true);
  });
});
