import { describe, expect, it } from 'vitest';
import { type Asked, TestServer } from '../client.js';

const admission = '/apis/admissionregistration.k8s.io/v1';
const configMaps = '/api/v1/namespaces/default/configmaps';

/** Returns the answer to a write, which must succeed. */
async function must(api: TestServer, method: string, path: string, body: object): Promise<Asked['body']> {
  const { status, body: answer } = await api.ask(method, path, body);
  expect([status < 300, answer.message]).toEqual([true, undefined]);
  return answer;
}

const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

const policy = (name: string, mutations: readonly object[], more: object = {}) => ({
  metadata: { name },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps', 'pods'] },
      ],
    },
    mutations,
    reinvocationPolicy: 'Never',
    ...more,
  },
});

const binding = (policyName: string, more: object = {}, name = policyName) => ({
  metadata: { name },
  spec: { policyName, ...more },
});

async function withPolicy(mutations: readonly object[], more: object = {}): Promise<TestServer> {
  // Nobody makes service accounts here, and pods need one.
  const api = new TestServer({ disableAdmissionPlugins: ['ServiceAccount'] });
  await must(api, 'POST', `${admission}/mutatingadmissionpolicies`, policy('p', mutations, more));
  await must(api, 'POST', `${admission}/mutatingadmissionpolicybindings`, binding('p'));
  return api;
}

const map = (data: object = { a: '1' }, metadata: object = {}) => ({ metadata: { name: 'c', ...metadata }, data });

describe('a mutating admission policy', () => {
  it.each<[string, object, object]>([
    ['apply configurations', apply('Object{data: {"x": object.data.a + "!"}}'), { a: '1', x: '1!' }],
    ['apply what they know', apply('Object{?data: optional.none(), ?kind: optional.none()}'), { a: '1' }],
    ['JSON patches', patch('[JSONPatch{op: "replace", path: "/data/a", value: "2"}]'), { a: '2' }],
    [
      'JSON patches with keys of any form',
      patch('[JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("b.c"), value: object.metadata.name}]'),
      { a: '1', 'b.c': 'c' },
    ],
    [
      'copies and moves',
      patch(
        '[JSONPatch{op: "copy", from: "/data/a", path: "/data/b"}, JSONPatch{op: "move", from: "/data/a", path: "/data/c"}]',
      ),
      { b: '1', c: '1' },
    ],
    [
      'nothing where a test fails',
      patch('[JSONPatch{op: "test", path: "/data/a", value: "9"}, JSONPatch{op: "remove", path: "/data/a"}]'),
      { a: '1' },
    ],
  ])('changes writes by %s', async (_what, mutation, data) => {
    const api = await withPolicy([mutation]);
    expect((await must(api, 'POST', configMaps, map())).data).toEqual(data);
  });

  it('keeps what stands in lists with keys, and fills in defaults of what it adds', async () => {
    const sidecar =
      'Object.spec.containers{name: "side", image: "i", ports: [Object.spec.containers.ports{containerPort: 80}]}';
    const api = await withPolicy([apply(`Object{spec: Object.spec{containers: [${sidecar}]}}`)]);
    const { spec } = await must(api, 'POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'own', image: 'i' }] },
    });
    const { containers } = spec as {
      containers: { name: string; ports?: object[]; terminationMessagePath?: string }[];
    };
    expect(containers.map(({ name }) => name).sort()).toEqual(['own', 'side']);
    const side = containers.find(({ name }) => name === 'side');
    expect(side?.ports).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
    expect(side?.terminationMessagePath).toBe('/dev/termination-log');
  });

  it('sees parameters, variables, the namespace and the authorizer', async () => {
    const api = new TestServer();
    const more = {
      paramKind: { apiVersion: 'v1', kind: 'Secret' },
      variables: [{ name: 'who', expression: 'params.metadata.name + "/" + namespaceObject.metadata.name' }],
    };
    const may = 'string(authorizer.group("").resource("pods").namespace("default").check("get").allowed())';
    const mutations = [apply(`Object{data: {"who": variables.who, "may": ${may}}}`)];
    await must(api, 'POST', `${admission}/mutatingadmissionpolicies`, policy('p', mutations, more));
    const paramRef = { name: 'param', namespace: 'default', parameterNotFoundAction: 'Deny' };
    await must(api, 'POST', `${admission}/mutatingadmissionpolicybindings`, binding('p', { paramRef }));
    const refused = await api.ask('POST', configMaps, map());
    expect([refused.status, refused.body.message]).toEqual([
      403,
      "policy 'p' with binding 'p' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    ]);
    await must(api, 'POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 'param' } });
    expect((await must(api, 'POST', configMaps, map())).data).toEqual({ a: '1', who: 'param/default', may: 'true' });
  });

  it.each<[string, object, string]>([
    [
      'an expression fails',
      apply('Object{data: {"x": object.nope}}'),
      'expression \'Object{data: {"x": object.nope}}\' resulted in error: no such key: nope',
    ],
    [
      'a field does not exist',
      apply('Object{nope: 1}'),
      'error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema',
    ],
    [
      'a type is named for another field',
      apply('Object{metadata: Object.spec{labels: {"a": "b"}}}'),
      'type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type',
    ],
    [
      'a patch does not fit',
      patch('[JSONPatch{op: "remove", path: "/data/z"}]'),
      "JSON Patch: error in remove for path: '/data/z': Unable to remove nonexistent key: z: missing value",
    ],
  ])('refuses the write where %s, and lets it be where it fails open', async (_what, mutation, why) => {
    const closed = await withPolicy([mutation]);
    const { status, body } = await closed.ask('POST', configMaps, map());
    expect([status, body.reason, body.message]).toEqual([
      403,
      'Invalid',
      `policy 'p' with binding 'p' denied request: ${why}`,
    ]);
    const open = await withPolicy([mutation], { failurePolicy: 'Ignore' });
    expect((await must(open, 'POST', configMaps, map())).data).toEqual({ a: '1' });
  });

  it('refuses to replace what is owned as a whole', async () => {
    const api = await withPolicy([
      apply('Object{metadata: Object.metadata{ownerReferences: []}, spec: Object.spec{tolerations: []}}'),
    ]);
    const { body } = await api.ask('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'own', image: 'i' }] },
    });
    expect(body.message).toContain(
      'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tolerations',
    );
  });

  it('is asked again, if it wants to be, once one behind it has changed the object', async () => {
    const count = apply('Object{data: {"n": string(size(object.data))}}');
    for (const [reinvocationPolicy, n] of [
      ['Never', '1'],
      ['IfNeeded', '3'],
    ]) {
      const api = new TestServer();
      await must(api, 'POST', `${admission}/mutatingadmissionpolicies`, policy('a', [count], { reinvocationPolicy }));
      await must(
        api,
        'POST',
        `${admission}/mutatingadmissionpolicies`,
        policy('b', [apply('Object{data: {"b": "x"}}')]),
      );
      for (const name of ['a', 'b'])
        await must(api, 'POST', `${admission}/mutatingadmissionpolicybindings`, binding(name));
      expect((await must(api, 'POST', configMaps, map())).data).toEqual({ a: '1', b: 'x', n });
    }
  });

  it('changes nothing where its conditions, selectors or bindings say so, and nothing of policies', async () => {
    const mutation = apply('Object{metadata: Object.metadata{labels: {"x": "y"}}}');
    const api = await withPolicy([mutation], { matchConditions: [{ name: 'c', expression: 'object.data.a == "2"' }] });
    expect((await must(api, 'POST', configMaps, map())).metadata.labels).toBeUndefined();
    expect((await must(api, 'PUT', `${configMaps}/c`, map({ a: '2' }))).metadata.labels).toEqual({ x: 'y' });
  });

  it.each<[string, object[], object, string]>([
    [
      'another type',
      [apply('1')],
      {},
      'spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object but got int',
    ],
    ['no list', [patch('JSONPatch{op: "add"}')], {}, 'must evaluate to list(JSONPatch) but got JSONPatch'],
    ['no mutations', [], {}, 'spec.mutations: Required value: mutations must contain at least one item'],
    [
      'both kinds of patch',
      [{ ...apply('Object{}'), ...patch('[]') }],
      {},
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    ],
    [
      'unknown reinvocation',
      [apply('Object{}')],
      { reinvocationPolicy: 'X' },
      'spec.reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"',
    ],
  ])('is refused with %s', async (_what, mutations, more, why) => {
    const { status, body } = await new TestServer().ask(
      'POST',
      `${admission}/mutatingadmissionpolicies`,
      policy('p', mutations, more),
    );
    expect(status).toBe(422);
    expect(body.message).toContain(why);
  });
});
