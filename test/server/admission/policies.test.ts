import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const admission = '/apis/admissionregistration.k8s.io/v1';
const configMaps = '/api/v1/namespaces/default/configmaps';

const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }];

async function withPolicy(spec: object, bound: object = {}): Promise<TestServer> {
  const server = new TestServer();
  const policy = { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: rules }, ...spec } };
  expect((await server.ask('POST', `${admission}/validatingadmissionpolicies`, policy)).status).toBe(201);
  const binding = { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'], ...bound } };
  expect((await server.ask('POST', `${admission}/validatingadmissionpolicybindings`, binding)).status).toBe(201);
  return server;
}

const create = (server: TestServer, name: string, data: object = {}, labels: object = {}) =>
  server.ask('POST', configMaps, { metadata: { name, labels }, data });

describe('a validating admission policy', () => {
  const validations = [{ expression: 'size(object.data) < 2', message: 'too much' }];

  it('refuses what its expressions object to, whoever writes it and how', async () => {
    const server = await withPolicy({ validations });
    expect((await create(server, 'a', { x: '1' })).status).toBe(201);
    const refused = await create(server, 'b', { x: '1', y: '2' });
    expect(refused.status).toBe(422);
    expect(refused.body.message).toBe(
      `configmaps "b" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: too much`,
    );
    const patch = { 'content-type': 'application/merge-patch+json' };
    expect((await server.ask('PATCH', `${configMaps}/a`, { data: { y: '2' } }, patch)).status).toBe(422);
    expect((await server.ask('DELETE', `${configMaps}/a`)).status).toBe(200);
  });

  it('only warns where its binding says so', async () => {
    const server = await withPolicy({ validations }, { validationActions: ['Warn'] });
    const { status, headers } = await create(server, 'a', { x: '1', y: '2' });
    expect(status).toBe(201);
    expect(String(headers.warning)).toContain("Validation failed for ValidatingAdmissionPolicy 'p'");
  });

  it('goes by its conditions, its variables and its own reasons and messages', async () => {
    const server = await withPolicy({
      matchConditions: [{ name: 'c', expression: "!('exempt' in object.metadata.?labels.orValue({}))" }],
      variables: [{ name: 'n', expression: 'size(object.data)' }],
      validations: [
        { expression: 'variables.n < 2', reason: 'Forbidden', messageExpression: "'found ' + string(variables.n)" },
      ],
    });
    const refused = await create(server, 'a', { x: '1', y: '2' });
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain('denied request: found 2');
    expect((await create(server, 'b', { x: '1', y: '2' }, { exempt: 'yes' })).status).toBe(201);
  });

  it('fails closed unless told to fail open', async () => {
    const failing = { validations: [{ expression: 'int(object.data.x) > 0' }] };
    expect((await create(await withPolicy(failing), 'a', { x: 'y' })).status).toBe(422);
    expect((await create(await withPolicy({ ...failing, failurePolicy: 'Ignore' }), 'a', { x: 'y' })).status).toBe(201);
  });

  it('takes parameters, and is about the namespaces its binding selects', async () => {
    const params = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    const server = await withPolicy(
      { ...params, validations: [{ expression: 'size(object.data) <= int(params.data.most)' }] },
      {
        paramRef: { name: 'limit', namespace: 'kube-system', parameterNotFoundAction: 'Deny' },
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } },
      },
    );
    expect((await create(server, 'a')).status).toBe(422);
    const limit = { metadata: { name: 'limit' }, data: { most: '1' } };
    await server.ask('POST', '/api/v1/namespaces/kube-system/configmaps', limit);
    expect((await create(server, 'a', { x: '1' })).status).toBe(201);
    expect((await create(server, 'b', { x: '1', y: '2' })).status).toBe(422);
  });

  it('is refused itself where its expressions cannot be read', async () => {
    const server = new TestServer();
    const policy = {
      metadata: { name: 'p' },
      spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: 'object.' }] },
    };
    const { status, body } = await server.ask('POST', `${admission}/validatingadmissionpolicies`, policy);
    expect(status).toBe(422);
    expect(body.details.causes[0].field).toBe('spec.validations[0].expression');
  });
});

describe('the security level of a namespace', () => {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'baseline',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  const spec = (more: object = {}, container: object = {}) => ({
    containers: [{ name: 'm', image: 'i', ...container }],
    ...more,
  });

  it.each([
    ['hostNetwork', spec({ hostNetwork: true }), 'host namespaces (hostNetwork=true)'],
    [
      'a privileged container',
      spec({}, { securityContext: { privileged: true } }),
      'privileged (container "m" must not set securityContext.privileged=true)',
    ],
    ['a host path', spec({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
    [
      'more capabilities',
      spec({}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
      'non-default capabilities (container "m" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
  ])('forbids pods with %s', async (_name, podSpec, why) => {
    const server = new TestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n', labels } });
    await server.ask('POST', '/api/v1/namespaces/n/serviceaccounts', { metadata: { name: 'default' } });
    const { status, body } = await server.ask('POST', '/api/v1/namespaces/n/pods', {
      metadata: { name: 'p' },
      spec: podSpec,
    });
    expect(status).toBe(403);
    expect(body.message).toBe(`pods "p" is forbidden: violates PodSecurity "baseline:latest": ${why}`);
  });

  it('warns of what another level would forbid, in pods and in what makes them', async () => {
    const server = new TestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n', labels } });
    await server.ask('POST', '/api/v1/namespaces/n/serviceaccounts', { metadata: { name: 'default' } });
    const pod = await server.ask('POST', '/api/v1/namespaces/n/pods', { metadata: { name: 'p' }, spec: spec() });
    expect(pod.status).toBe(201);
    expect(String(pod.headers.warning)).toContain('would violate PodSecurity');
    const template = { metadata: { labels: { a: 'b' } }, spec: spec() };
    const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
    const made = await server.ask('POST', '/apis/apps/v1/namespaces/n/deployments', deployment);
    expect(String(made.headers.warning)).toContain('runAsNonRoot != true');
  });
});
