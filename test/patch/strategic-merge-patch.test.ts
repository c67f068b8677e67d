import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyStrategicMergePatch, type JsonObject, PatchError } from '../../src/patch/index.js';
import { objectsOf } from './arbitrary.js';
import { creatableKinds, resolverOf } from './facts.js';

const pod = resolverOf('v1', 'Pod');
const deployment = resolverOf('apps/v1', 'Deployment');
const service = resolverOf('v1', 'Service');

const specOf = (object: JsonObject) => object.spec as JsonObject;
const patchPod = (spec: JsonObject, patch: JsonObject) =>
  specOf(applyStrategicMergePatch({ spec }, { spec: patch }, pod));
const containers = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1` }));
const namesOf = (spec: JsonObject) => (spec.containers as { name: string }[]).map(({ name }) => name);

function failure(run: () => unknown): PatchError {
  try {
    run();
  } catch (error) {
    if (error instanceof PatchError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('strategic merge patch', () => {
  it('merges lists of maps by their merge key and puts new items first', () => {
    const spec = patchPod(
      { containers: containers('a', 'b') },
      { containers: [{ name: 'b', image: 'b:2' }, { name: 'c' }] },
    );
    expect(spec).toEqual({ containers: [{ name: 'a', image: 'a:1' }, { name: 'b', image: 'b:2' }, { name: 'c' }] });
    const first = patchPod({ containers: containers('a', 'b') }, { containers: [{ name: 'c' }] });
    expect(namesOf(first)).toEqual(['c', 'a', 'b']);
  });

  it('replaces lists without a merge strategy', () => {
    const patch = { containers: [{ name: 'a', args: ['only'] }] };
    const spec = patchPod({ containers: [{ name: 'a', args: ['one', 'two'] }] }, patch);
    expect(spec.containers).toEqual([{ name: 'a', args: ['only'] }]);
  });

  it('merges primitives as a set', () => {
    const object = { metadata: { finalizers: ['x.io/a', 'x.io/b'] } };
    const added = applyStrategicMergePatch(object, { metadata: { finalizers: ['x.io/c', 'x.io/a'] } }, pod);
    expect(added).toEqual({ metadata: { finalizers: ['x.io/c', 'x.io/a', 'x.io/b'] } });
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] } };
    expect(applyStrategicMergePatch(object, patch, pod)).toEqual({ metadata: { finalizers: ['x.io/b'] } });
    expect(applyStrategicMergePatch({ metadata: {} }, patch, pod)).toEqual({ metadata: {} });
  });

  it('deletes and replaces by directive, in lists and in maps', () => {
    const three = { containers: containers('a', 'b', 'c') };
    expect(namesOf(patchPod(three, { containers: [{ $patch: 'delete', name: 'b' }] }))).toEqual(['a', 'c']);
    const replaced = patchPod(three, { containers: [{ $patch: 'replace' }, { name: 'only' }] });
    expect(replaced.containers).toEqual([{ name: 'only' }]);
    const labels = { metadata: { labels: { a: '1', b: '2' } } };
    const replace = { metadata: { labels: { $patch: 'replace', z: '9' } } };
    expect(applyStrategicMergePatch(labels, replace, pod)).toEqual({ metadata: { labels: { z: '9' } } });
    const remove = { metadata: { labels: { $patch: 'delete' } } };
    expect(applyStrategicMergePatch(labels, remove, pod)).toEqual({ metadata: { labels: {} } });
  });

  it('orders by $setElementOrder, with what the patch does not know where the live order had it', () => {
    const order = { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] };
    expect(namesOf(patchPod({ containers: containers('a', 'b', 'c') }, order))).toEqual(['b', 'c', 'a']);
    const spec = patchPod({ containers: containers('a', 'b') }, { ...order, containers: [{ name: 'c' }] });
    expect(namesOf(spec)).toEqual(['c', 'a', 'b']);
    const error = failure(() =>
      patchPod({ containers: containers('a', 'c') }, { ...order, containers: containers('a', 'c') }),
    );
    expect(error).toMatchObject({ code: 500, reason: '' });
    expect(error.message).toBe(
      "The order in patch list:\n[map[image:a:1 name:a] map[image:c:1 name:c]]\n doesn't match $setElementOrder list:\n[map[name:c] map[name:a]]\n",
    );
  });

  it('clears what $retainKeys does not name', () => {
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(applyStrategicMergePatch({ spec }, patch, deployment)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
    const stray = { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } };
    expect(failure(() => applyStrategicMergePatch({ spec }, stray, deployment))).toMatchObject({ code: 400 });
    const wrong = { spec: { strategy: { $retainKeys: 'type' } } };
    expect(failure(() => applyStrategicMergePatch({ spec }, wrong, deployment)).message).toBe(
      'invalid patch format of retainKeys',
    );
  });

  it('answers 500 to a missing merge key, an unknown directive and mixed lists', () => {
    const live = { containers: containers('a') };
    expect(failure(() => patchPod(live, { containers: [{ image: 'no-name' }] }))).toMatchObject({
      code: 500,
      message: 'map: map[image:no-name] does not contain declared merge key: name',
    });
    expect(failure(() => patchPod(live, { containers: [{ $patch: 'explode', name: 'a' }] })).message).toBe(
      'unknown patch type: explode in map: map[$patch:explode name:a]',
    );
    expect(failure(() => patchPod(live, { containers: ['a'] })).code).toBe(500);
    expect(failure(() => patchPod(live, { $patch: 'merge' })).code).toBe(500);
  });

  it('answers 400 to directives of the wrong form', () => {
    expect(failure(() => patchPod({}, { $setElementOrder: [] }))).toMatchObject({ code: 400 });
    expect(failure(() => patchPod({}, { '$deleteFromPrimitiveListX/a': [] }))).toMatchObject({ code: 400 });
  });

  it('drops nulls and directives from what it adds', () => {
    const spec = patchPod(
      {},
      {
        containers: [
          { name: 'a', image: null },
          { $patch: 'delete', name: 'b' },
        ],
        hostname: null,
      },
    );
    expect(spec).toEqual({ containers: [{ name: 'a' }] });
  });

  it('treats __proto__ as a field like any other', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":{"polluted":true}}}}') as JsonObject;
    applyStrategicMergePatch({ metadata: { labels: { a: 'b' } } }, patch, pod);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  it('merges service ports by port alone, as the strategy says and not as the list type does', () => {
    const ports = [{ port: 80, protocol: 'TCP' }];
    const patched = applyStrategicMergePatch(
      { spec: { ports } },
      { spec: { ports: [{ port: 80, protocol: 'UDP' }] } },
      service,
    );
    expect(patched).toEqual({ spec: { ports: [{ port: 80, protocol: 'UDP' }] } });
  });

  it('commutes for patches that touch different fields and items', () => {
    const changes = fc.record({ env: fc.boolean(), image: fc.string(), replicas: fc.nat(9), paused: fc.boolean() });
    fc.assert(
      fc.property(changes, ({ image, replicas, paused }) => {
        const template = (container: JsonObject) => ({ template: { spec: { containers: [container] } } });
        const live = { spec: { template: { spec: { containers: containers('a', 'b') } } } };
        const one = { spec: { replicas, ...template({ name: 'a', image }) } };
        const two = { spec: { paused, ...template({ name: 'b', env: [{ name: 'X', value: image }] }) } };
        const apply = (object: JsonObject, patch: JsonObject) => applyStrategicMergePatch(object, patch, deployment);
        expect(apply(apply(live, one), two)).toEqual(apply(apply(live, two), one));
      }),
    );
  });

  it('changes nothing when an object of any kind is patched with itself, and leaves its arguments alone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...creatableKinds()).chain(({ apiVersion, kind }) => {
          const resolver = resolverOf(apiVersion, kind);
          return objectsOf(apiVersion, kind, resolver).map((object) => ({ object, resolver }));
        }),
        ({ object, resolver }) => {
          const before = JSON.stringify(object);
          const patched = applyStrategicMergePatch(object, object, resolver);
          // The patch's nulls stand for removals; there are some only where the schema allows anything.
          expect(withoutNulls(patched)).toEqual(withoutNulls(object));
          expect(JSON.stringify(object)).toBe(before);
        },
      ),
    );
  });
});

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutNulls(part)]));
}
