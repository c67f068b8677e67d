import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';
const pods = `${core}/pods`;
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
});
const merge = { 'content-type': 'application/merge-patch+json' };

function withPlugins(...enableAdmissionPlugins: string[]): TestServer {
  return new TestServer({ enableAdmissionPlugins, disableAdmissionPlugins: ['ServiceAccount'] });
}

async function as(server: TestServer, username: string, groups: string[], method: string, path: string, body?: object) {
  const response = await server.api.handle({
    method,
    path,
    user: { username, groups: [...groups, 'system:authenticated'] },
    headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
    body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
  });
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(await bytesOf(response))) };
}

describe('plugins about pods', () => {
  it('AlwaysPullImages makes every container pull its image', async () => {
    const server = withPlugins('AlwaysPullImages');
    const { body } = await server.ask(
      'POST',
      pods,
      pod('a', { containers: [{ name: 'm', image: 'i:1', imagePullPolicy: 'Never' }] }),
    );
    expect(body.spec.containers[0].imagePullPolicy).toBe('Always');
  });

  it('AlwaysDeny refuses every write', async () => {
    const { status, body } = await withPlugins('AlwaysDeny').ask('POST', pods, pod('a'));
    expect([status, body.message]).toEqual([
      403,
      'pods "a" is forbidden: admission control is denying all modifications',
    ]);
  });

  it('LimitPodHardAntiAffinityTopology allows required anti-affinity by host only', async () => {
    const affinity = (topologyKey: string) => ({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { a: 'b' } } }],
        },
      },
    });
    const server = withPlugins('LimitPodHardAntiAffinityTopology');
    expect((await server.ask('POST', pods, pod('a', affinity('topology.kubernetes.io/zone')))).status).toBe(403);
    expect((await server.ask('POST', pods, pod('a', affinity('kubernetes.io/hostname')))).status).toBe(201);
  });

  it('ExtendedResourceToleration tolerates the taints of extended resources, once', async () => {
    const resources = { requests: { 'example.com/gpu': '1', cpu: '1' }, limits: { 'example.com/gpu': '1' } };
    const server = withPlugins('ExtendedResourceToleration');
    const { body } = await server.ask('POST', pods, pod('a', { containers: [{ name: 'm', image: 'i', resources }] }));
    const added = { key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' };
    expect(body.spec.tolerations.filter(({ key }: { key: string }) => key.includes('gpu'))).toEqual([added]);
    const labelled = await server.ask('PATCH', `${pods}/a`, { metadata: { labels: { a: 'b' } } }, merge);
    expect(labelled.body.spec.tolerations).toEqual(body.spec.tolerations);
  });

  it('PodNodeSelector adds the selector of the namespace and refuses what contradicts it', async () => {
    const server = withPlugins('PodNodeSelector');
    const annotations = { 'scheduler.alpha.kubernetes.io/node-selector': 'disk=ssd, zone=a' };
    await server.ask('PATCH', '/api/v1/namespaces/default', { metadata: { annotations } }, merge);
    const made = await server.ask('POST', pods, pod('a', { nodeSelector: { own: 'x' } }));
    expect(made.body.spec.nodeSelector).toEqual({ disk: 'ssd', zone: 'a', own: 'x' });
    expect((await server.ask('POST', pods, pod('b', { nodeSelector: { disk: 'hdd' } }))).status).toBe(403);
  });

  it('PodTolerationRestriction adds the defaults of the namespace and enforces its list', async () => {
    const server = withPlugins('PodTolerationRestriction');
    const toleration = { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
    const system = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
    }));
    const annotations = {
      'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([toleration]),
      'scheduler.alpha.kubernetes.io/tolerationsWhitelist': JSON.stringify([toleration, ...system]),
    };
    await server.ask('PATCH', '/api/v1/namespaces/default', { metadata: { annotations } }, merge);
    expect((await server.ask('POST', pods, pod('a'))).body.spec.tolerations).toContainEqual(toleration);
    const other = { tolerations: [{ ...toleration, value: 'b' }] };
    expect((await server.ask('POST', pods, pod('b', other))).status).toBe(500);
  });

  it('PodTopologyLabels copies the topology of the node to a pod that is bound to it', async () => {
    const server = withPlugins();
    const labels = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1', other: 'x' };
    await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n', labels } });
    await server.ask('POST', pods, pod('a'));
    await server.ask('POST', `${pods}/a/binding`, { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n' } });
    const copied = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1' };
    expect((await server.ask('GET', `${pods}/a`)).body.metadata.labels).toEqual(copied);
    expect((await server.ask('POST', pods, pod('b', { nodeName: 'n' }))).body.metadata.labels).toEqual(copied);
  });
});

describe('plugins about services, namespaces and owners', () => {
  it('DenyServiceExternalIPs refuses new external addresses and keeps old ones', async () => {
    const server = withPlugins('DenyServiceExternalIPs');
    const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] } };
    expect((await server.ask('POST', `${core}/services`, service)).status).toBe(403);
  });

  it('NamespaceAutoProvision creates a missing namespace', async () => {
    const server = withPlugins('NamespaceAutoProvision');
    const path = '/api/v1/namespaces/fresh/configmaps';
    expect((await server.ask('POST', path, { metadata: { name: 'a' } })).status).toBe(201);
    expect((await server.ask('GET', '/api/v1/namespaces/fresh')).body.status).toEqual({ phase: 'Active' });
  });

  it('OwnerReferencesPermissionEnforcement asks for the right to set finalizers on a blocking owner', async () => {
    const server = withPlugins('OwnerReferencesPermissionEnforcement');
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get'] }];
    await server.ask('POST', `${rbac}/roles`, { metadata: { name: 'r' }, rules });
    const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' };
    await server.ask('POST', `${rbac}/rolebindings`, { metadata: { name: 'r' }, roleRef, subjects });
    const owned = (name: string, blockOwnerDeletion: boolean) => ({
      metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', blockOwnerDeletion }] },
    });
    const path = `${core}/configmaps`;
    expect((await as(server, 'jane', [], 'POST', path, owned('a', false))).status).toBe(201);
    const refused = await as(server, 'jane', [], 'POST', path, owned('b', true));
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining("you can't set finalizers on"),
    ]);
  });
});

describe('NodeRestriction', () => {
  const nodeGroups = ['system:nodes'];

  async function cluster(): Promise<TestServer> {
    const server = new TestServer({
      enableAdmissionPlugins: ['NodeRestriction'],
      disableAdmissionPlugins: ['ServiceAccount'],
      authorizationMode: 'AlwaysAllow',
    });
    for (const name of ['n1', 'n2']) await server.ask('POST', '/api/v1/nodes', { metadata: { name } });
    await server.ask('POST', pods, pod('mine', { nodeName: 'n1' }));
    await server.ask('POST', pods, pod('theirs', { nodeName: 'n2' }));
    return server;
  }
  const node = (server: TestServer, method: string, path: string, body?: object) =>
    as(server, 'system:node:n1', nodeGroups, method, path, body);

  it('keeps a kubelet to its own pods', async () => {
    const server = await cluster();
    const status = { status: { phase: 'Running' } };
    expect((await node(server, 'PATCH', `${pods}/mine/status`, status)).status).toBe(200);
    expect((await node(server, 'PATCH', `${pods}/theirs/status`, status)).status).toBe(403);
    expect((await node(server, 'POST', pods, pod('plain', { nodeName: 'n1' }))).status).toBe(403);
    expect((await node(server, 'DELETE', `${pods}/theirs`)).status).toBe(403);
    expect((await node(server, 'DELETE', `${pods}/mine`)).status).toBe(200);
  });

  it('keeps a kubelet to its own node, without taints and without labels of others', async () => {
    const server = await cluster();
    const label = (key: string) => ({ metadata: { labels: { [key]: 'x' } } });
    expect((await node(server, 'PATCH', '/api/v1/nodes/n2', label('a'))).status).toBe(403);
    expect((await node(server, 'PATCH', '/api/v1/nodes/n1', label('a'))).status).toBe(200);
    expect((await node(server, 'PATCH', '/api/v1/nodes/n1', label('node-restriction.kubernetes.io/a'))).status).toBe(
      403,
    );
    expect((await node(server, 'PATCH', '/api/v1/nodes/n1', label('kubernetes.io/unknown'))).status).toBe(403);
    expect((await node(server, 'PATCH', '/api/v1/nodes/n1', { spec: { taints: [] } })).status).toBe(403);
  });

  it('gives a kubelet tokens for pods on its node only, and only its own lease', async () => {
    const server = await cluster();
    await server.ask('POST', `${core}/serviceaccounts`, { metadata: { name: 'default' } });
    const uid = (await server.ask('GET', `${pods}/theirs`)).body.metadata.uid;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'theirs', uid };
    const token = await node(server, 'POST', `${core}/serviceaccounts/default/token`, { spec: { boundObjectRef } });
    expect([token.status, token.body.message]).toEqual([403, expect.stringContaining('scheduled on a different node')]);
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    expect((await node(server, 'POST', leases, { metadata: { name: 'n1' } })).status).toBe(201);
    expect((await node(server, 'POST', leases, { metadata: { name: 'n2' } })).status).toBe(403);
  });
});

describe('certificate plugins', () => {
  const csrs = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  // Made by openssl: /O=system:masters/CN=jane and /O=dev/CN=jane.
  const masters =
    'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ2JUQ0NBVlVDQVFBd0tERVhNQlVHQTFVRUNnd09jM2x6ZEdWdE9tMWhjM1JsY25NeERUQUxCZ05WQkFNTQpCR3BoYm1Vd2dnRWlNQTBHQ1NxR1NJYjNEUUVCQVFVQUE0SUJEd0F3Z2dFS0FvSUJBUUN0UFJJMko3OWVueDFwCjJnS1IyVlRpRFNlNC84Y0ovWXpZKyt1RlFFZU1Ba2t5dGNzM2ZKd3N3ZkxkYTYzZTRaamR6d1c0SDZ3WmlNNUQKb3orZjhzS1lTTHNpbTRwTXhHVUJwSC9aZHU0VWhWMGdKUzZoTnhSOFllNEpYMzFWY1ZMbWtHSytYcFpENUNIUQpmOWdzYlRDZ2NmMlMxV2tMNmM5b3ZzSWd6bERackU2c0hZQnpoS1BVWjcrREZ2SUUrYmZlYXU4a2tyL01wZitvCmlzY3QvQi9RZ0h3cGNmT0Q4VU5sd0N2TlVKTm9UUzg5SDZmajRXQnpuOUFXbTFFaVlXQnQzUXNMc3hNbVluZUYKUDhTY3VGSm5Va3F2TXZwbjZ4Mnc4RGRzRGY1cDNzY1ZtUUkrSDc5dGRSZFZkaE1hcVFZdUJJajNNaG9UUWtTcwo2a2ZITTVOYkFnTUJBQUdnQURBTkJna3Foa2lHOXcwQkFRc0ZBQU9DQVFFQVR1M2ltRCt5eXUvcmRSTHltTUtRClJDZjlTendJeXJLK1oxdEpBVWlidmdOQWU2cnR3UjZMdzE3eTJpNnQ0WTRwelYwdW5CU2ZDM3E3NE5NQkVLaEUKWGpkTzlic0lISDQ1b0ZUaUticUZoUHZIL1dlL24vUjRwSjNac0pyWkNyeFNBa3FiNVRaRTVBS0R5MnZRNUVnbQpXNlZVZ2M3YzRTSm54aTJmaUhCdXl5ZngvZDF5TSt1aWNVREsrVXVoazBoMGE0Ulc2Y0tHVEo2bGg2b1ZXMzdVCkJNWWZjZ3RsVnZ2UUZpMXZSRncvUE1OV2hpM0psOVM5VzNxVDNoak1jdUl2TGo4WGVhK25uYk0valVtR2J0VHYKbE03MHlWYkwrdmUzVkhzUm84OVBDOCtPSyswalVpU1RienU1cThYeVRoQWY0eUJ0TXdXdllWdkc2czhzcU5pbgpjUT09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';
  const developer =
    'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQlhEQ0J4Z0lCQURBZE1Rd3dDZ1lEVlFRS0RBTmtaWFl4RFRBTEJnTlZCQU1NQkdwaGJtVXdnWjh3RFFZSgpLb1pJaHZjTkFRRUJCUUFEZ1kwQU1JR0pBb0dCQU1pbG9JN2VHOFQ5N21sdkZWTVB2TzBTS3NiRnJjcHR0VWZHCkp4bW5na2J1b0lrV1pHTTRHdWJtdFJZQ25hQ3hNT0NOYlliUEpUaTJaT0MzOXdaM2k2b2k2dG03ekNJVVNiZmgKZC9OYlZsMWFCOTFwN1R0ZDBFQVVzcGtmeCtnSFllR2NFcnREOUd4SlRmY0JqL3U5Z09VQjl1UW9oVWh1TkdvcQpwY3Q0VVAwbEFnTUJBQUdnQURBTkJna3Foa2lHOXcwQkFRc0ZBQU9CZ1FCTTBmQ2U2Vm9FYUlLdXY2dEVlMS9oCnFVVXVWNnJTK2FqaDVWQkZoWURBeXlYeG9ja3pHdGtwVGJmZW5PU0dwT2hQalFtRXZRWXRLSWl6ZzlPSi9oaUEKVGE0akhkT1RyT0d0dVFOeG9IT2FGRE8zdzBWVmdwL1lzNjdxQUtmWXk1eXRSMGNwMzdTSFVnTnJIUUt5MTFvKwpuOHhSTTFaU3c5ZzRNVEVrUlZUY0p3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

  it('refuse client certificates of system:masters', async () => {
    const server = new TestServer();
    const spec = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
    const refused = await server.ask('POST', csrs, { metadata: { name: 'm' }, spec: { ...spec, request: masters } });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining(
        'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
      ),
    ]);
    const taken = await server.ask('POST', csrs, { metadata: { name: 'd' }, spec: { ...spec, request: developer } });
    expect(taken.status).toBe(201);
  });

  it('let only approvers of the signer approve', async () => {
    const server = new TestServer();
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const rules = [
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
    ];
    await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'approver' }, rules });
    const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { kind: 'ClusterRole', name: 'approver', apiGroup: 'rbac.authorization.k8s.io' };
    await server.ask('POST', `${rbac}/clusterrolebindings`, { metadata: { name: 'approver' }, roleRef, subjects });
    const spec = { signerName: 'example.com/own', usages: ['client auth'], request: masters };
    const { body } = await server.ask('POST', csrs, { metadata: { name: 'c' }, spec });
    const conditions = [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }];
    const approved = { ...body, status: { conditions } };
    const refused = await as(server, 'jane', [], 'PUT', `${csrs}/c/approval`, approved);
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'certificatesigningrequests.certificates.k8s.io "c" is forbidden: user not permitted to approve requests with signerName "example.com/own"',
    ]);
    const signers = [
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: ['example.com/*'],
        verbs: ['approve'],
      },
    ];
    await server.ask('PUT', `${rbac}/clusterroles/approver`, {
      metadata: { name: 'approver' },
      rules: [...rules, ...signers],
    });
    expect((await as(server, 'jane', [], 'PUT', `${csrs}/c/approval`, approved)).status).toBe(200);
  });

  it('let only signers of the signer issue, whatever the update says', async () => {
    const server = new TestServer();
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const status = {
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests/status'],
      verbs: ['update'],
    };
    const signs = { apiGroups: ['certificates.k8s.io'], resources: ['signers'], verbs: ['sign'] };
    const role = (...names: string[]) => ({
      metadata: { name: 'signer' },
      rules: [status, { ...signs, resourceNames: names }],
    });
    await server.ask('POST', `${rbac}/clusterroles`, role('example.com/other'));
    const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { kind: 'ClusterRole', name: 'signer', apiGroup: 'rbac.authorization.k8s.io' };
    await server.ask('POST', `${rbac}/clusterrolebindings`, { metadata: { name: 'signer' }, roleRef, subjects });
    const spec = { signerName: 'example.com/own', usages: ['client auth'], request: developer };
    const { body } = await server.ask('POST', csrs, { metadata: { name: 'c' }, spec });
    const conditions = [{ type: 'Failed', status: 'True', reason: 'r', message: 'm' }];
    for (const signerName of ['example.com/own', 'example.com/other']) {
      const failed = { ...body, spec: { ...body.spec, signerName }, status: { conditions } };
      const refused = await as(server, 'jane', [], 'PUT', `${csrs}/c/status`, failed);
      expect([refused.status, refused.body.message]).toEqual([
        403,
        'certificatesigningrequests.certificates.k8s.io "c" is forbidden: user not permitted to sign requests with signerName "example.com/own"',
      ]);
    }
    await server.ask('PUT', `${rbac}/clusterroles/signer`, role('example.com/own'));
    expect((await as(server, 'jane', [], 'PUT', `${csrs}/c/status`, { ...body, status: { conditions } })).status).toBe(
      200,
    );
  });
});
