import { describe, expect, it } from 'vitest';
import { podAmounts } from '../../../src/server/kinds/core/pods/pod-resources.js';
import { TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';

async function withAccount(): Promise<TestServer> {
  const server = new TestServer();
  await server.ask('POST', `${core}/serviceaccounts`, {
    metadata: { name: 'default' },
    automountServiceAccountToken: false,
  });
  return server;
}

const pod = (name: string, resources: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'm', image: 'i', resources }] },
});

async function quota(server: TestServer, hard: object, used: object, more: object = {}): Promise<void> {
  const { body } = await server.ask('POST', `${core}/resourcequotas`, {
    metadata: { name: 'q' },
    spec: { hard, ...more },
  });
  await server.ask('PUT', `${core}/resourcequotas/q/status`, { ...body, status: { hard, used } });
}

const used = async (server: TestServer) => (await server.ask('GET', `${core}/resourcequotas/q`)).body.status.used;

describe('a quota', () => {
  it('counts up to its limit, and not for dry runs', async () => {
    const server = await withAccount();
    await quota(server, { 'count/configmaps': '1' }, { 'count/configmaps': '0' });
    const create = (name: string, query = '') =>
      server.ask('POST', `${core}/configmaps${query}`, { metadata: { name } });
    expect((await create('a', '?dryRun=All')).status).toBe(201);
    expect(await used(server)).toEqual({ 'count/configmaps': '0' });
    expect((await create('a')).status).toBe(201);
    const { status, body } = await create('b');
    expect(status).toBe(403);
    expect(body.message).toContain('exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1');
  });

  it('charges what many ask at once exactly once each', async () => {
    const server = await withAccount();
    await quota(server, { 'count/configmaps': '5' }, { 'count/configmaps': '0' });
    const asked = Array.from({ length: 9 }, (_, index) =>
      server.ask('POST', `${core}/configmaps`, { metadata: { name: `c${index}` } }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(5);
    expect(await used(server)).toEqual({ 'count/configmaps': '5' });
  });

  it('takes in a pod that gets a deadline only then, where it counts pods that end by themselves', async () => {
    const server = await withAccount();
    await quota(server, { pods: '1' }, { pods: '0' }, { scopes: ['Terminating'] });
    for (const name of ['a', 'b']) await server.ask('POST', `${core}/pods`, pod(name));
    expect(await used(server)).toEqual({ pods: '0' });
    const merge = { 'content-type': 'application/merge-patch+json' };
    const hurry = (name: string) =>
      server.ask('PATCH', `${core}/pods/${name}`, { spec: { activeDeadlineSeconds: 60 } }, merge);
    expect((await hurry('a')).status).toBe(200);
    expect(await used(server)).toEqual({ pods: '1' });
    expect((await hurry('b')).status).toBe(403);
  });

  it('wants pods to say what they need where it limits that', async () => {
    const server = await withAccount();
    await quota(server, { 'limits.memory': '1Gi' }, { 'limits.memory': '0' });
    const refused = await server.ask('POST', `${core}/pods`, pod('a'));
    expect(refused.body.message).toContain('failed quota: q: must specify limits.memory for: m');
    expect((await server.ask('POST', `${core}/pods`, pod('a', { limits: { memory: '512Mi' } }))).status).toBe(201);
    expect(await used(server)).toEqual({ 'limits.memory': '512Mi' });
  });

  it('is about the objects in its scopes only, and limits nothing before its status is known', async () => {
    const server = await withAccount();
    await quota(server, { pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] });
    expect((await server.ask('POST', `${core}/pods`, pod('a'))).status).toBe(403);
    expect((await server.ask('POST', `${core}/pods`, pod('b', { requests: { cpu: '1m' } }))).status).toBe(201);
    await server.ask('POST', `${core}/resourcequotas`, { metadata: { name: 'p' }, spec: { hard: { pods: '0' } } });
    expect((await server.ask('POST', `${core}/pods`, pod('c', { requests: { cpu: '1m' } }))).status).toBe(201);
  });
});

describe('a limit range', () => {
  it('fills in what containers do not say, and refuses what is beyond it', async () => {
    const server = await withAccount();
    const limits = [
      { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } },
    ];
    await server.ask('POST', `${core}/limitranges`, { metadata: { name: 'l' }, spec: { limits } });
    const { body } = await server.ask('POST', `${core}/pods`, pod('a'));
    expect(body.spec.containers[0].resources).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '100m' } });
    expect(body.metadata.annotations['kubernetes.io/limit-ranger']).toContain('cpu request for container m');
    const refused = await server.ask('POST', `${core}/pods`, pod('b', { limits: { cpu: '2' } }));
    expect(refused.body.message).toContain('maximum cpu usage per Container is 1, but limit is 2');
  });
});

describe('what a pod requests as a whole', () => {
  it('is what runs together, or what starts before it if that is more', () => {
    const of = (cpu: string, more: object = {}) => ({ resources: { requests: { cpu } }, ...more });
    const cpu = (spec: object) => podAmounts(spec as { [field: string]: unknown }, 'requests').cpu?.toString();
    expect(cpu({ containers: [of('1'), of('500m')] })).toBe('1500m');
    expect(cpu({ containers: [of('1')], initContainers: [of('3'), of('2')] })).toBe('3');
    const sidecar = of('1', { restartPolicy: 'Always' });
    expect(cpu({ containers: [of('1')], initContainers: [sidecar, of('2')] })).toBe('3');
    expect(cpu({ containers: [of('1')], overhead: { cpu: '100m' } })).toBe('1100m');
    expect(cpu({ containers: [of('1')], resources: { requests: { cpu: '4' } } })).toBe('4');
  });
});
