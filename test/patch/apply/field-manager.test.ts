import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../src/meta/index.js';
import {
  type ApplyRequest,
  fieldFilterOf,
  fromScale,
  type JsonObject,
  keepTimesWhereUnchanged,
  managerName,
  PatchError,
  serverSideApply,
  toScale,
  trackUpdate,
} from '../../../src/patch/index.js';
import { customResolver, resolverOf } from '../facts.js';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:00:09Z';

const configMap = { schema: resolverOf('v1', 'ConfigMap'), apiVersion: 'v1', kind: 'ConfigMap', now: early };
const head = { apiVersion: 'v1', kind: 'ConfigMap' };

function apply(
  live: JsonObject | undefined,
  manager: string,
  body: JsonObject,
  more: Partial<ApplyRequest> = {},
): JsonObject {
  const applied = { ...head, metadata: { name: 'a' }, ...body };
  return serverSideApply({ ...configMap, live, applied, manager, ...more }).object;
}

function update(live: JsonObject | undefined, manager: string, body: JsonObject, now = early): JsonObject {
  return trackUpdate({ ...configMap, live, updated: { ...live, ...body }, manager, now });
}

function failure(run: () => unknown): PatchError {
  try {
    run();
  } catch (error) {
    if (error instanceof PatchError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

const entriesOf = (object: JsonObject) =>
  ((object.metadata as JsonObject).managedFields ?? []) as (ManagedFieldsEntry & { fieldsV1: JsonObject })[];
const ownersOf = (object: JsonObject) =>
  Object.fromEntries(
    entriesOf(object).map(({ manager, operation, fieldsV1 }) => [`${manager}/${operation}`, fieldsV1]),
  );

describe('server-side apply', () => {
  it('changes nothing when it applies the same again, and removes what it leaves out or applies as null', () => {
    const body = { data: { a: '1', b: '2' } };
    const first = apply(undefined, 'm', body);
    const shared = update(first, 'editor', { data: { a: '1', b: '2', c: '3' } });
    const again = apply(shared, 'm', body, { now: late });
    expect(again).toEqual(shared);
    expect(apply(again, 'm', { data: { a: '1' } }).data).toEqual({ a: '1', c: '3' });
    expect((apply(again, 'm', { data: { a: '1', b: null } }).data as JsonObject).b ?? null).toBeNull();
  });

  it('refuses another kind, another version and managedFields in the body', () => {
    const wrong = (body: JsonObject) => failure(() => apply(undefined, 'm', body));
    expect(wrong({ kind: 'Secret' })).toMatchObject({ code: 400, message: 'invalid object type: /v1, Kind=Secret' });
    expect(wrong({ apiVersion: 'apps/v1' }).message).toBe('invalid object type: apps/v1, Kind=ConfigMap');
    expect(wrong({ metadata: { name: 'a', managedFields: [] } }).message).toBe('metadata.managedFields must be nil');
  });

  it('answers 500 to what does not fit the schema, all errors in one message', () => {
    const error = failure(() => apply(undefined, 'm', { data: { n: 1, o: [true] }, immutable: 'x' }));
    expect(error).toMatchObject({ code: 500, reason: '' });
    expect(error.message).toBe(
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): errors:\n' +
        '  .data.n: expected string, got &value.valueUnstructured{Value:1}\n' +
        '  .data.o: expected string, got &value.valueUnstructured{Value:[]interface {}{true}}\n' +
        '  .immutable: expected boolean, got &{x}',
    );
    expect(failure(() => apply(undefined, 'm', { bogus: 1 })).message).toContain(
      '.bogus: field not declared in schema',
    );
  });

  it('groups conflicts by manager, with one cause for each field', () => {
    const live = update(apply(undefined, 'one', { data: { x: '1', y: '1' } }), 'two', {
      data: { x: '1', y: '1', z: '1' },
    });
    const error = failure(() => apply(live, 'me', { data: { x: '2', y: '2', z: '2' } }));
    expect(error).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(error.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "one":\n- .data.x\n- .data.y\nconflicts with "two" using v1:\n- .data.z',
    );
    expect(error.causes).toContainEqual({
      reason: 'FieldManagerConflict',
      message: 'conflict with "two" using v1',
      field: '.data.z',
    });
  });

  it('gives no time to a manager whose fields are new to it but change nothing', () => {
    const live = apply(undefined, 'one', { data: { x: '1' } });
    const shared = apply(live, 'two', { data: { x: '1' } }, { now: late });
    expect(entriesOf(shared).map(({ manager, time }) => [manager, time])).toEqual([
      ['two', undefined],
      ['one', early],
    ]);
  });

  it('keeps the time and the object when nothing changes', () => {
    const live = apply(undefined, 'one', { data: { x: '1' } });
    expect(apply(live, 'one', { data: { x: '1' } }, { now: late })).toEqual(live);
  });

  it('lets a manager take over what was there before anybody applied only by force', () => {
    const untracked = { ...head, metadata: { name: 'a', uid: 'u' }, data: { x: '1' } };
    const error = failure(() => apply(untracked, 'one', { data: { x: '2' } }));
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x');
    const forced = apply(untracked, 'one', { data: { x: '2' } }, { force: true });
    expect(ownersOf(forced)).toEqual({
      'one/Apply': { 'f:data': { 'f:x': {} } },
      'before-first-apply/Update': { 'f:data': {} },
    });
  });

  it('lets kubectl take what it applied from the client side before, and keeps its annotation up to date', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const last = JSON.stringify({ ...head, metadata: { name: 'a' }, data: { x: '1' } });
    const created = update(undefined, 'kubectl-client-side-apply', {
      ...head,
      metadata: { name: 'a', annotations: { [annotation]: last } },
      data: { x: '1', y: '1' },
    });
    const moved = apply(created, 'kubectl', { data: { x: '2' } });
    expect(moved.data).toEqual({ x: '2', y: '1' });
    expect((moved.metadata as { annotations: JsonObject }).annotations[annotation]).toBe(
      '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
    );
    expect(failure(() => apply(created, 'kubectl', { data: { y: '2' } })).code).toBe(409);
    expect(failure(() => apply(created, 'other', { data: { x: '2' } })).code).toBe(409);
  });

  it('fills in the defaults of list keys, so that a port without a protocol is a TCP port', () => {
    const service = { schema: resolverOf('v1', 'Service'), apiVersion: 'v1', kind: 'Service', now: early };
    const body = (ports: JsonObject[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports },
    });
    const { object } = serverSideApply({ ...service, live: undefined, applied: body([{ port: 80 }]), manager: 'one' });
    const { object: both } = serverSideApply({
      ...service,
      live: object,
      applied: body([{ port: 80, protocol: 'TCP', name: 'web' }]),
      manager: 'two',
    });
    expect((both.spec as JsonObject).ports).toEqual([{ port: 80, protocol: 'TCP', name: 'web' }]);
    const error = failure(() =>
      serverSideApply({
        ...service,
        live: object,
        applied: body([{ port: 80 }, { port: 80, protocol: 'TCP' }]),
        manager: 'x',
      }),
    );
    expect(error.message).toContain('.spec.ports: duplicate entries for key [port=80,protocol="TCP"]');
  });

  it('owns maps of schemaless objects field by field, and their lists as a whole', () => {
    const context = { schema: customResolver({}), apiVersion: 'x.io/v1', kind: 'W', now: early, manager: 'one' };
    const applied = { apiVersion: 'x.io/v1', kind: 'W', metadata: { name: 'w' }, spec: { a: { b: 1 }, l: [{ c: 1 }] } };
    const { object } = serverSideApply({ ...context, live: undefined, applied });
    expect(ownersOf(object)['one/Apply']).toEqual({
      'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} }, 'f:l': {} },
    });
  });

  it('keeps unknown fields below x-kubernetes-preserve-unknown-fields, and takes numbers and strings for int-or-string', () => {
    const schema = customResolver({
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { ref: 'meta.ObjectMeta' },
        free: { type: 'object', preserveUnknown: true, properties: { known: { type: 'object', properties: {} } } },
        port: { intOrString: true },
        maybe: { type: 'string', nullable: true },
      },
    });
    const context = { schema, apiVersion: 'x.io/v1', kind: 'W', now: early, manager: 'one', live: undefined };
    const base = { apiVersion: 'x.io/v1', kind: 'W', metadata: { name: 'w' } };
    for (const port of [80, '80']) {
      const applied = { ...base, port, maybe: null, free: { unknown: { a: 1 }, known: { b: 1 } } };
      expect(serverSideApply({ ...context, applied }).object).toMatchObject(applied);
    }
    expect(failure(() => serverSideApply({ ...context, applied: { ...base, other: 1 } })).code).toBe(500);
  });

  it('hands a part over to its owner as a whole when its type has become atomic', () => {
    const schema = (mapType?: 'atomic') =>
      customResolver({
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { ref: 'meta.ObjectMeta' },
          m: { type: 'object', additional: { type: 'string' }, ...(mapType === undefined ? {} : { mapType }) },
        },
      });
    const context = { apiVersion: 'x.io/v1', kind: 'W', now: early };
    const body = (m: JsonObject) => ({ apiVersion: 'x.io/v1', kind: 'W', metadata: { name: 'w' }, m });
    const before = serverSideApply({
      ...context,
      schema: schema(),
      live: undefined,
      applied: body({ a: '1' }),
      manager: 'one',
    });
    const run = () =>
      serverSideApply({
        ...context,
        schema: schema('atomic'),
        live: before.object,
        applied: body({ b: '1' }),
        manager: 'two',
      });
    expect(failure(run).message).toContain('conflict with "one": .m');
  });

  it('compares in the version each manager speaks, and drops those of versions that are gone', () => {
    const live = apply(undefined, 'old', { data: { x: '1' } });
    const entries = entriesOf(live).map((entry) => ({
      ...entry,
      apiVersion: 'v1beta1',
      fieldsV1: { 'f:values': { 'f:x': {} } },
    }));
    const renamed = { ...live, metadata: { ...(live.metadata as JsonObject), managedFields: entries } };
    const convert = (object: JsonObject, apiVersion: string) => {
      if (apiVersion === 'v1') return { object: { ...object, apiVersion }, schema: configMap.schema };
      const { data, ...rest } = object;
      return { object: { ...rest, apiVersion, values: data }, schema: customResolver({}) };
    };
    const error = failure(() => apply(renamed, 'new', { data: { x: '2' } }, { convert }));
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "old": .values.x');
    const gone = apply(
      renamed,
      'new',
      { data: { x: '2' } },
      {
        convert: (object, apiVersion) => (apiVersion === 'v1' ? { object, schema: configMap.schema } : undefined),
      },
    );
    expect(Object.keys(ownersOf(gone))).toEqual(['new/Apply']);
  });

  it('never reaches a prototype', () => {
    const data = JSON.parse('{"__proto__":"x","constructor":"y"}') as JsonObject;
    const object = apply(undefined, 'one', { data });
    expect(Object.keys(object.data as JsonObject)).toEqual(['__proto__', 'constructor']);
    expect(ownersOf(object)['one/Apply']).toEqual({ 'f:data': { 'f:__proto__': {}, 'f:constructor': {} } });
    expect(ownersOf(apply(object, 'one', {}))).toEqual({});
  });

  it('refuses a body nested too deep', () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 5_000; level++) deep = { deep };
    expect(failure(() => apply(undefined, 'm', { data: deep })).code).toBe(400);
  });
});

describe('tracking of updates', () => {
  it('gives a manager what it changes, and takes what is gone from everybody', () => {
    const created = update(undefined, 'creator', {
      ...head,
      metadata: { name: 'a', uid: 'u' },
      data: { x: '1', y: '1' },
    });
    expect(ownersOf(created)).toEqual({ 'creator/Update': { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} } } });
    const changed = update(created, 'patcher', { data: { x: '2' } }, late);
    expect(ownersOf(changed)).toEqual({
      'creator/Update': { 'f:data': {} },
      'patcher/Update': { 'f:data': { 'f:x': {} } },
    });
    expect(entriesOf(changed).map(({ time }) => time)).toEqual([early, late]);
  });

  it('changes nothing, times included, where nothing changes', () => {
    const created = update(undefined, 'creator', { ...head, metadata: { name: 'a', uid: 'u' }, data: { x: '1' } });
    expect(update(created, 'somebody', {}, late)).toEqual(created);
  });

  it('forgets everything on an empty list or one empty entry, and does not start again', () => {
    const created = update(undefined, 'creator', { ...head, metadata: { name: 'a', uid: 'u' }, data: { x: '1' } });
    for (const managedFields of [[], [{}]]) {
      const reset = update(created, 'm', { metadata: { name: 'a', uid: 'u', managedFields } });
      expect(reset.metadata).toEqual({ name: 'a', uid: 'u' });
      expect(update(reset, 'm', { data: { y: '1' } }).metadata).toEqual({ name: 'a', uid: 'u' });
    }
  });

  it('keeps what is stored where the client sends nonsense, and takes what it sends otherwise', () => {
    const created = update(undefined, 'creator', { ...head, metadata: { name: 'a', uid: 'u' }, data: { x: '1' } });
    const send = (entry: JsonObject) =>
      update(created, 'm', { metadata: { name: 'a', uid: 'u', managedFields: [entry] } });
    expect(ownersOf(send({ manager: 'x', operation: 'Nope' }))).toEqual(ownersOf(created));
    const entry = {
      manager: 'x',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': {} },
    };
    expect(ownersOf(send(entry))).toEqual({ 'x/Apply': { 'f:data': {} } });
  });

  it('keeps apart what is written through subresources, and ignores what they do not write', () => {
    const pod = resolverOf('v1', 'Pod');
    const live = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', uid: 'u', managedFields: [] },
      spec: {},
      status: {},
    };
    const entry = {
      manager: 'c',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:a': {} } },
    };
    const tracked = { ...live, metadata: { ...live.metadata, managedFields: [entry] } };
    const updated = { ...tracked, spec: { nodeName: 'n' }, status: { phase: 'Running' } };
    const filter = fieldFilterOf({ group: '', kind: 'Pod', subresource: 'status', hasStatus: true });
    const context = { schema: pod, manager: 'kubelet', apiVersion: 'v1', subresource: 'status', now: early, filter };
    const [, status] = entriesOf(trackUpdate({ ...context, live: tracked, updated })).sort((a, b) =>
      (a.subresource ?? '').localeCompare(b.subresource ?? ''),
    );
    expect(status).toMatchObject({
      manager: 'kubelet',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:phase': {} } },
    });
  });

  it('keeps at most ten updaters, and merges the oldest of each version', () => {
    let object = update(undefined, 'm0', { ...head, metadata: { name: 'a', uid: 'u' }, data: { k0: '' } });
    for (let writer = 1; writer < 15; writer++) {
      const data = { ...(object.data as JsonObject), [`k${writer}`]: '' };
      object = update(object, `m${writer}`, { data }, `2026-01-01T00:00:${10 + writer}Z`);
    }
    const owners = ownersOf(object);
    expect(Object.keys(owners)).toHaveLength(10);
    expect(owners['ancient-changes/Update']).toMatchObject({ 'f:data': { 'f:k0': {}, 'f:k5': {} } });
    expect(owners['m14/Update']).toEqual({ 'f:data': { 'f:k14': {} } });
  });

  it('gives an object back its times where nothing but times differs', () => {
    const live = update(undefined, 'm', { ...head, metadata: { name: 'a', uid: 'u' }, data: { x: '1' } });
    const later = entriesOf(live).map((entry) => ({ ...entry, time: late }));
    const updated = { ...live, metadata: { ...(live.metadata as JsonObject), managedFields: later } };
    expect(keepTimesWhereUnchanged(live, updated)).toEqual(live);
    const changed = { ...updated, data: { x: '2' } };
    expect(keepTimesWhereUnchanged(live, changed)).toBe(changed);
  });

  it('names the manager by the user agent where the request does not', () => {
    expect(managerName('mine', 'kubectl/v1.36')).toBe('mine');
    expect(managerName(undefined, 'kubectl/v1.36 (linux)')).toBe('kubectl');
    expect(managerName('', `a\u0000b${'x'.repeat(200)}`)).toHaveLength(128);
    expect(managerName(undefined, undefined)).toBe('');
    const object = update(undefined, '', { ...head, metadata: { name: 'a' }, data: { x: '1' } });
    expect(Object.keys(ownersOf(object))).toEqual(['unknown/Update']);
  });
});

describe('the managers of replicas', () => {
  const paths = { 'apps/v1': ['spec', 'replicas'] };
  const entry = (manager: string, fieldsV1: JsonObject, more: JsonObject = {}) => ({
    manager,
    operation: 'Apply',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...more,
  });
  const parent = [
    entry('app', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, { time: early }),
    entry('x', { 'f:spec': {} }),
  ];

  it('own the replicas of the scale, and nothing else shows there', () => {
    expect(toScale(parent, paths)).toEqual([
      { ...entry('app', { 'f:spec': { 'f:replicas': {} } }), apiVersion: 'autoscaling/v1', time: early },
    ]);
  });

  it('lose them to whoever writes the scale', () => {
    const scaler = entry(
      'hpa',
      { 'f:spec': { 'f:replicas': {} } },
      { operation: 'Update', apiVersion: 'autoscaling/v1', subresource: 'scale' },
    );
    expect(fromScale(parent, [scaler], 'apps/v1', paths)).toEqual([
      entry('x', { 'f:spec': {} }),
      entry('app', { 'f:spec': { 'f:paused': {} } }, { time: early }),
      { ...scaler, apiVersion: 'apps/v1' },
    ]);
  });

  it('keep them where the scale was not written', () => {
    expect(fromScale(parent, toScale(parent, paths), 'apps/v1', paths)).toEqual([parent[1], parent[0]]);
  });
});
