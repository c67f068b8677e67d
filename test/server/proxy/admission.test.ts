import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProxiedCluster, tokens } from '../../helpers/streams/proxied-cluster.js';
import { patch, type Reply, type Review, WebhookDouble } from '../admission/webhook-double.js';

const group = '/apis/admissionregistration.k8s.io/v1';
const pods = '/api/v1/namespaces/hs/pods';
const rules = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/*', 'services/*', 'nodes/*'] },
];

describe('a connection to a pod, service or node', () => {
  let cluster: ProxiedCluster;
  const made: string[] = [];
  const hooks: WebhookDouble[] = [];

  beforeAll(async () => {
    cluster = await ProxiedCluster.start();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const path of made.splice(0)) await ask('DELETE', path);
    for (const hook of hooks.splice(0)) await hook.close();
  });

  async function ask(method: string, path: string, body?: object) {
    const headers = { authorization: `Bearer ${tokens.admin}`, 'content-type': 'application/json' };
    const sent = httpsRequest(`${cluster.url}${path}`, { method, headers, rejectUnauthorized: false });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(sent, 'response');
    const answer = await text(response);
    return { status: response.statusCode, body: answer.startsWith('{') ? JSON.parse(answer) : answer };
  }

  async function create(plural: string, name: string, content: object): Promise<void> {
    expect((await ask('POST', `${group}/${plural}`, { metadata: { name }, ...content })).status).toBe(201);
    made.push(`${group}/${plural}/${name}`);
  }

  async function register(type: 'validating' | 'mutating', answer: (review: Review) => Reply): Promise<WebhookDouble> {
    const hook = await WebhookDouble.start(answer);
    hooks.push(hook);
    const clientConfig = hook.at('/connect');
    const webhook = {
      name: 'c.example.com',
      rules,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig,
    };
    await create(`${type}webhookconfigurations`, type, { webhooks: [webhook] });
    return hook;
  }

  it.each([
    [
      'POST',
      `${pods}/single/exec?command=a&command=b&stdout=1`,
      { kind: 'PodExecOptions', stdout: true, command: ['a', 'b'] },
    ],
    ['POST', `${pods}/single/exec?stdin=1`, { kind: 'PodExecOptions', stdin: true, command: null }],
    ['POST', `${pods}/io/attach?container=cat&tty=1`, { kind: 'PodAttachOptions', tty: true, container: 'cat' }],
    ['POST', `${pods}/web/portforward`, { kind: 'PodPortForwardOptions' }],
    ['POST', `${pods}/web/portforward?ports=80,81`, { kind: 'PodPortForwardOptions', ports: [80, 81] }],
    ['GET', `${pods}/web/proxy/a//b/?x=1`, { kind: 'PodProxyOptions', path: '/a//b/' }],
    ['GET', `${pods}/web/proxy`, { kind: 'PodProxyOptions' }],
    ['PUT', '/api/v1/namespaces/hs/services/web:http/proxy/x', { kind: 'ServiceProxyOptions', path: '/x' }],
    ['GET', '/api/v1/nodes/node-a/proxy/healthz', { kind: 'NodeProxyOptions', path: '/healthz' }],
  ])('is shown to webhooks: %s %s', async (method, path, { kind, ...options }) => {
    const hook = await register('validating', () => ({ allowed: false, status: { message: 'not here' } }));
    expect(await ask(method, path)).toMatchObject({
      status: 400,
      body: { message: 'admission webhook "c.example.com" denied the request: not here' },
    });
    const [, namespace, plural, name, subResource] =
      /\/api\/v1(?:\/namespaces\/(\w+))?\/(\w+)\/([^/?]+)\/(\w+)/.exec(path) ?? [];
    const [review] = hook.reviews;
    expect(review?.request).toMatchObject({
      kind: { group: '', version: 'v1', kind },
      resource: { group: '', version: 'v1', resource: plural },
      subResource,
      requestSubResource: subResource,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      operation: 'CONNECT',
      oldObject: null,
      dryRun: false,
      options: null,
    });
    expect(review?.request.object).toEqual({ kind, apiVersion: 'v1', ...options });
  });

  it('is not a log', async () => {
    const hook = await register('validating', () => ({ allowed: false }));
    await ask('GET', `${pods}/unsched/log?container=a`);
    expect(hook.reviews).toEqual([]);
  });

  it('goes to the path that a mutating webhook leaves', async () => {
    await register('mutating', () => patch({ op: 'replace', path: '/path', value: '/elsewhere' }));
    expect(await ask('GET', `${pods}/web/proxy/here`)).toMatchObject({ status: 200, body: { url: '/elsewhere' } });
  });

  it('fails when a patch makes another kind of its options', async () => {
    await register('mutating', () => patch({ op: 'replace', path: '/kind', value: 'Pod' }));
    expect(await ask('GET', `${pods}/web/proxy/here`)).toMatchObject({
      status: 500,
      body: { message: 'Internal error occurred: the patch makes a "Pod" of a PodProxyOptions' },
    });
  });

  it('is refused by policies, by name and by options', async () => {
    const policy = (validations: object[], more: object = {}) => ({
      spec: { matchConstraints: { resourceRules: [{ ...rules[0], ...more }] }, validations },
    });
    const noInput = [{ expression: '!has(object.stdin) || !object.stdin', message: 'no input' }];
    await create('validatingadmissionpolicies', 'p', policy(noInput));
    await create('validatingadmissionpolicies', 'q', policy([{ expression: 'false' }], { resourceNames: ['io'] }));
    for (const name of ['p', 'q']) {
      const spec = { policyName: name, validationActions: ['Deny'] };
      await create('validatingadmissionpolicybindings', name, { spec });
    }
    const exec = (pod: string, query: string) => ask('POST', `${pods}/${pod}/exec?command=a&${query}`);
    expect(await exec('single', 'stdin=1')).toMatchObject({
      status: 422,
      body: {
        message: `pods "single" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no input`,
        details: { name: 'single', kind: 'pods' },
      },
    });
    expect((await exec('single', 'stdout=1')).body.message).toBe('Upgrade request required');
    expect(await exec('io', 'stdout=1&container=cat')).toMatchObject({ status: 422 });
  });
});
