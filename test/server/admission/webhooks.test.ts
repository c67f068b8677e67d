import { afterEach, describe, expect, it } from 'vitest';
import type { ApiServerOptions } from '../../../src/server/index.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { localPki } from '../../helpers/pki.js';
import { TestServer } from '../client.js';
import { patch, type Reply, type Review, WebhookDouble } from './webhook-double.js';

const admission = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function webhook(answer: (review: Review) => Reply): Promise<WebhookDouble> {
  const double = await WebhookDouble.start(answer);
  open.push(double);
  return double;
}

function server(options: ApiServerOptions = {}): TestServer {
  const made = new TestServer(options);
  open.push({ close: () => made.api.close() });
  return made;
}

const everything = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['*'],
  resources: ['configmaps', 'configmaps/*', 'pods', 'pods/*', 'deployments', 'deployments/*'],
};

async function register(
  api: TestServer,
  type: 'Mutating' | 'Validating',
  name: string,
  ...webhooks: readonly object[]
): Promise<void> {
  const full = webhooks.map((one, index) => ({
    name: `w${index}.${name}.example.com`,
    rules: [everything],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...one,
  }));
  const path = `${admission}/${type.toLowerCase()}webhookconfigurations`;
  const { status, body } = await api.ask('POST', path, { metadata: { name }, webhooks: full });
  expect([status, body.message]).toEqual([201, undefined]);
}

const nameOf = (object: unknown) => (object as { metadata: { name: string } }).metadata.name;
const map = (name: string, data: object = {}) => ({ metadata: { name }, data });

describe('a validating webhook', () => {
  it('is shown a write as kube-apiserver shows it, and lets it pass', async () => {
    const api = server();
    const hook = await webhook(() => ({ allowed: true, warnings: ['mind the gap'] }));
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/check'), timeoutSeconds: 7 });
    const made = await api.ask('POST', `${maps}?fieldManager=me`, map('a', { x: '1' }));
    expect([made.status, String(made.headers.warning)]).toEqual([201, '299 - "mind the gap"']);
    expect(hook.urls).toEqual(['/check?timeout=7s']);
    const [review] = hook.reviews;
    expect(review).toMatchObject({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' });
    expect(review?.request).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'a',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { groups: expect.arrayContaining(['system:authenticated']) },
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'a', uid: expect.any(String) },
        data: { x: '1' },
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
    });
    await api.ask('PUT', `${maps}/a`, map('a', { x: '2' }));
    await api.ask('DELETE', `${maps}/a`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
    expect(hook.reviews.slice(1).map(({ request }) => request)).toMatchObject([
      {
        operation: 'UPDATE',
        object: { data: { x: '2' } },
        oldObject: { data: { x: '1' } },
        options: { kind: 'UpdateOptions' },
      },
      { operation: 'DELETE', object: null, oldObject: { data: { x: '2' } }, options: { gracePeriodSeconds: 0 } },
    ]);
  });

  it.each([
    [{}, 400, undefined, 'without explanation'],
    [{ status: { message: 'no' } }, 400, undefined, ': no'],
    [{ status: { reason: 'Odd' } }, 400, 'Odd', ': Odd'],
    [{ status: { code: 422, reason: 'Invalid', message: 'bad', status: 'Success' } }, 422, 'Invalid', ': bad'],
  ])('refuses with what it says: %j', async (said, code, reason, end) => {
    const api = server();
    const hook = await webhook(() => ({ allowed: false, ...said }));
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/') });
    const { status, body } = await api.ask('POST', maps, map('a'));
    const message = `admission webhook "w0.v.example.com" denied the request${end.startsWith(':') ? '' : ' '}${end}`;
    expect([status, body.status, body.reason, body.message]).toEqual([code, 'Failure', reason, message]);
    expect((await api.ask('GET', `${maps}/a`)).status).toBe(404);
  });

  it('is asked about every object of a collection that is deleted', async () => {
    const api = server();
    for (const name of ['a', 'b']) await api.ask('POST', maps, map(name));
    const hook = await webhook(({ request }) => ({ allowed: nameOf(request.oldObject) !== 'b' }));
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/') });
    expect((await api.ask('DELETE', maps)).status).toBe(400);
    expect(hook.reviews.map(({ request }) => nameOf(request.oldObject))).toContain('b');
    expect((await api.ask('GET', `${maps}/b`)).status).toBe(200);
  });

  it('is asked about a Scale, and about an Eviction', async () => {
    const api = server();
    const hook = await webhook(({ request }) => ({ allowed: request.subResource === undefined }));
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    await api.ask('POST', deployments, { metadata: { name: 'd' }, spec });
    await api.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const pod = await api.ask('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: template.spec,
    });
    expect(pod.status).toBe(201);
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/') });
    const json = { 'content-type': 'application/merge-patch+json' };
    expect((await api.ask('PATCH', `${deployments}/d/scale`, { spec: { replicas: 3 } }, json)).status).toBe(400);
    const eviction = { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'p' } };
    expect((await api.ask('POST', '/api/v1/namespaces/default/pods/p/eviction', eviction)).status).toBe(400);
    expect(hook.reviews.map(({ request }) => request)).toMatchObject([
      {
        kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        resource: { group: 'apps', resource: 'deployments' },
        subResource: 'scale',
        object: { kind: 'Scale', spec: { replicas: 3 } },
        oldObject: { kind: 'Scale', spec: { replicas: 1 } },
      },
      { kind: { group: 'policy', kind: 'Eviction' }, subResource: 'eviction', name: 'p', operation: 'CREATE' },
    ]);
  });
});

describe('a mutating webhook', () => {
  it('changes what is stored, and is asked before the server fills in what it fills in', async () => {
    const api = server();
    const hook = await webhook(() => patch({ op: 'add', path: '/data', value: { added: 'yes' } }));
    await register(api, 'Mutating', 'm', { clientConfig: hook.at('/') });
    const { status, body } = await api.ask('POST', maps, { metadata: { generateName: 'a-' } });
    expect([status, body.data]).toEqual([201, { added: 'yes' }]);
    expect(body.metadata.name).toMatch(/^a-.{5}$/);
    expect(body.metadata.uid).toBeDefined();
    const { request } = hook.reviews[0] ?? {};
    expect(request?.name).toBeUndefined();
    expect(request).toMatchObject({ object: { metadata: { generateName: 'a-', namespace: 'default' } } });
    expect(request).not.toHaveProperty('object.metadata.uid');
  });

  it('sees what those before it did, in the order of their names, and is asked again where it wants to', async () => {
    const api = server();
    const order: string[] = [];
    const hook = (name: string, reply: (review: Review) => Reply) =>
      webhook((review) => {
        order.push(name);
        return reply(review);
      });
    const dataOf = ({ request }: Review) => (request.object as { data?: Record<string, string> }).data;
    const first = await hook('first', (review) =>
      patch({ op: 'add', path: '/data', value: { ...dataOf(review), seen: Object.keys(dataOf(review) ?? {}).join() } }),
    );
    const second = await hook('second', () => patch({ op: 'add', path: '/data/b', value: '2' }));
    await register(api, 'Mutating', 'b', { clientConfig: second.at('/') });
    await register(api, 'Mutating', 'a', { clientConfig: first.at('/'), reinvocationPolicy: 'IfNeeded' });
    const { body } = await api.ask('POST', maps, map('a'));
    expect(order).toEqual(['first', 'second', 'first']);
    expect(body.data).toEqual({ b: '2', seen: 'seen,b' });
  });

  it('is held to the rules of the kind: what it makes is checked, and the server adds its own', async () => {
    const api = server();
    await api.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const hook = await webhook(({ request }) =>
      request.name === 'bad'
        ? patch({ op: 'remove', path: '/spec/containers/0/image' })
        : patch({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'car' } }),
    );
    await register(api, 'Mutating', 'm', { clientConfig: hook.at('/') });
    const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    const pods = '/api/v1/namespaces/default/pods';
    const bad = await api.ask('POST', pods, pod('bad'));
    expect([bad.status, bad.body.message]).toEqual([
      422,
      'Pod "bad" is invalid: spec.containers[0].image: Required value',
    ]);
    const { body } = await api.ask('POST', pods, pod('good'));
    const [, side] = body.spec.containers;
    expect(side).toMatchObject({ name: 'side', imagePullPolicy: 'Always' });
    expect(side.volumeMounts[0].mountPath).toBe('/var/run/secrets/kubernetes.io/serviceaccount');
    // It saw what the server's own plugins had done before.
    expect(hook.reviews.at(-1)?.request.object).toMatchObject({ spec: { serviceAccountName: 'default', priority: 0 } });
  });

  it('cannot change what is being deleted, nor patch what does not fit', async () => {
    const api = server();
    await api.ask('POST', maps, map('a'));
    const hook = await webhook(() => patch({ op: 'remove', path: '/data/missing' }));
    await register(api, 'Mutating', 'm', { clientConfig: hook.at('/') });
    const gone = await api.ask('DELETE', `${maps}/a`);
    expect([gone.status, gone.body.message]).toEqual([
      500,
      'Internal error occurred: admission webhook "w0.m.example.com" attempted to modify the object, which is not supported for this operation',
    ]);
    expect((await api.ask('POST', maps, map('b'))).status).toBe(500);
  });
});

describe('whether a webhook is asked', () => {
  const asked = async (settings: object, name = 'a', labels: object = {}): Promise<boolean> => {
    const api = server();
    const hook = await webhook(() => ({ allowed: true }));
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/'), ...settings });
    const { status } = await api.ask('POST', maps, { metadata: { name, labels } });
    expect(status).toBe(201);
    return hook.reviews.length > 0;
  };
  const rule = (part: object) => ({ rules: [{ ...everything, ...part }] });

  it.each([
    ['another operation', rule({ operations: ['DELETE'] }), false],
    ['another group', rule({ apiGroups: ['apps'] }), false],
    ['another version', rule({ apiVersions: ['v2'] }), false],
    ['all resources', rule({ resources: ['*'] }), true],
    ['all resources and their parts', rule({ resources: ['*/*'] }), true],
    ['parts alone', rule({ resources: ['configmaps/status'] }), false],
    ['the scope it has', rule({ scope: 'Namespaced' }), true],
    ['another scope', rule({ scope: 'Cluster' }), false],
    ['labels it has', { objectSelector: { matchLabels: { a: 'b' } } }, true],
    ['labels it has not', { objectSelector: { matchLabels: { a: 'c' } } }, false],
    ['its namespace', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }, true],
    ['another namespace', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } }, false],
    ['a condition that holds', { matchConditions: [{ name: 'c', expression: "object.metadata.name == 'a'" }] }, true],
    ['one that does not', { matchConditions: [{ name: 'c', expression: 'request.dryRun' }] }, false],
    [
      'one that fails beside one that does not hold',
      {
        matchConditions: [
          { name: 'c', expression: 'object.nope == 1' },
          { name: 'd', expression: 'false' },
        ],
      },
      false,
    ],
    [
      'one that fails, of a webhook that fails open',
      { failurePolicy: 'Ignore', matchConditions: [{ name: 'c', expression: 'object.nope == 1' }] },
      false,
    ],
  ])('goes by %s', async (_what, settings, expected) => {
    expect(await asked(settings, 'a', { a: 'b' })).toBe(expected);
  });

  it('is not to be told where a condition fails and the webhook fails closed', async () => {
    const api = server();
    const hook = await webhook(() => ({ allowed: true }));
    const matchConditions = [{ name: 'c', expression: 'object.nope == 1' }];
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/'), matchConditions });
    const { status, body } = await api.ask('POST', maps, map('a'));
    expect([status, body.message]).toEqual([
      403,
      `configmaps "a" is forbidden: expression 'object.nope == 1' resulted in error: no such key: nope`,
    ]);
  });

  it('does not depend on the version that was written, unless it says so', async () => {
    const api = server();
    const hook = await webhook(() => ({ allowed: true }));
    const rules = [
      { apiGroups: ['autoscaling'], apiVersions: ['v1'], operations: ['*'], resources: ['horizontalpodautoscalers'] },
    ];
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/'), rules });
    await register(api, 'Validating', 'exact', { clientConfig: hook.at('/exact'), rules, matchPolicy: 'Exact' });
    const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };
    const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } };
    const spec = { scaleTargetRef, maxReplicas: 3, metrics: [{ type: 'Resource', resource }] };
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    expect((await api.ask('POST', path, { metadata: { name: 'h' }, spec })).status).toBe(201);
    expect(hook.urls).toEqual(['/?timeout=10s']);
    expect(hook.reviews[0]?.request).toMatchObject({
      kind: { version: 'v1', kind: 'HorizontalPodAutoscaler' },
      resource: { version: 'v1' },
      requestKind: { version: 'v2' },
      requestResource: { version: 'v2' },
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 70 } },
    });
  });

  it('is no when the plugin is off, and of configurations themselves', async () => {
    const hook = await webhook(() => ({ allowed: false }));
    const api = server();
    const rules = [{ ...everything, resources: ['*'] }];
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/'), rules });
    await register(api, 'Validating', 'w', { clientConfig: hook.at('/'), rules });
    expect((await api.ask('DELETE', `${admission}/validatingwebhookconfigurations/w`)).status).toBe(200);
    expect((await api.ask('POST', maps, map('a'))).status).toBe(400);
    const without = new TestServer({ disableAdmissionPlugins: ['ValidatingAdmissionWebhook'] });
    await register(without, 'Validating', 'v', { clientConfig: hook.at('/'), rules });
    expect((await without.ask('POST', maps, map('a'))).status).toBe(201);
  });

  it('depends on side effects in a dry run', async () => {
    const api = server();
    const hook = await webhook(() => ({ allowed: true }));
    await register(api, 'Validating', 'v', { clientConfig: hook.at('/') });
    expect((await api.ask('POST', `${maps}?dryRun=All`, map('a'))).status).toBe(201);
    expect(hook.reviews[0]?.request).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
  });
});

describe('a webhook that cannot be asked', () => {
  const call = 'failed calling webhook "w0.v.example.com": failed to call webhook: ';
  const failure = async (
    clientConfig: object,
    settings: object = {},
    prepare = async (_api: TestServer) => {},
    options: ApiServerOptions = {},
  ) => {
    const api = server(options);
    await prepare(api);
    await register(api, 'Validating', 'v', { clientConfig, ...settings });
    const { status, body } = await api.ask('POST', maps, map('a'));
    return [status, body.reason, body.message];
  };

  it.each<[string, Reply, string]>([
    ['no JSON', (_request, response) => void response.end('hello'), "couldn't get version/kind; json parse error: "],
    [
      'an error',
      (_request, response) => void response.writeHead(500).end('oops'),
      'an error on the server ("oops") has',
    ],
    [
      '404',
      (_request, response) => void response.writeHead(404).end(),
      'the server could not find the requested resource',
    ],
    [
      'a redirect',
      (_request, response) => void response.writeHead(302, { location: 'https://x' }).end(),
      'the server resp',
    ],
    ['a cut', (request) => void request.socket.destroy(), 'Post "https://127.0.0.1:'],
  ])('answers %s, and fails closed', async (_what, reply, why) => {
    const hook = await webhook(() => reply);
    const [status, reason, message] = await failure(hook.at('/'));
    expect([status, reason]).toEqual([500, 'InternalError']);
    expect(message).toContain(`Internal error occurred: ${call}${why}`);
  });

  it.each<[string, object, string]>([
    ['another uid', { uid: 'x', allowed: true }, 'expected response.uid='],
    ['a patch', patch({ op: 'remove', path: '/data' }), 'validating webhook may not return response.patch'],
  ])('answers with %s, and fails closed', async (_what, reply, why) => {
    const hook = await webhook(() => reply);
    const [, , message] = await failure(hook.at('/'));
    expect(message).toContain(`received invalid webhook response: ${why}`);
  });

  it('is signed by somebody else, is not there, or is too slow', async () => {
    const hook = await webhook(() => ({ allowed: true }));
    const [, , stranger] = await failure(hook.at('/', localPki().ca));
    expect(stranger).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority');
    const clock = new FakeClock();
    const silent = await webhook(() => () => void clock.advance(1_000));
    const slow = await failure(silent.at('/'), { timeoutSeconds: 1 }, async () => {}, { clock });
    expect(slow[2]).toContain('context deadline exceeded');
    const target = hook.at('/');
    await hook.close();
    open.splice(open.indexOf(hook), 1);
    const [, , nobody] = await failure(target);
    expect(nobody).toMatch(/dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/);
    const openly = await failure(target, { failurePolicy: 'Ignore' });
    expect(openly[0]).toBe(201);
  });

  it('is behind a service: one that is elsewhere is found, one that is missing is told', async () => {
    const caBundle = 'eA==';
    const missing = { service: { namespace: 'default', name: 'gone', path: '/p' }, caBundle };
    const [, , message] = await failure(missing);
    expect(message).toBe(
      `Internal error occurred: ${call}Post "https://gone.default.svc:443/p?timeout=10s": service "gone" not found`,
    );
    const hook = await webhook(() => ({ allowed: false }));
    const service = { metadata: { name: 'here' }, spec: { type: 'ExternalName', externalName: 'localhost' } };
    // Its certificate is for localhost, and who calls a service looks for the service's own name.
    const [, , other] = await failure(
      { ...hook.at('/'), url: undefined, service: { namespace: 'default', name: 'here', port: hook.port } },
      {},
      async (api) => void (await api.ask('POST', '/api/v1/namespaces/default/services', service)),
    );
    expect(other).toContain('certificate is not valid for');
  });
});
