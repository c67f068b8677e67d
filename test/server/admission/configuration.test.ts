import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAdmissionConfiguration } from '../../../src/server/admission-config-file.js';
import { systemClock } from '../../../src/util/clock.js';
import { TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';
const disableAdmissionPlugins = ['ServiceAccount'];
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

describe('EventRateLimit', () => {
  const event = (name: string, involved = 'a') => ({
    metadata: { name },
    involvedObject: { kind: 'Pod', namespace: 'default', name: involved },
    source: { component: 'test' },
  });

  it('refuses events beyond the burst until the rate allows them', async () => {
    let now = 0;
    const server = new TestServer({
      clock: { ...systemClock, now: () => now },
      enableAdmissionPlugins: ['EventRateLimit'],
      admissionConfiguration: { EventRateLimit: { limits: [{ type: 'Namespace', qps: 1, burst: 2 }] } },
    });
    const post = async (name: string, query = '') =>
      (await server.ask('POST', `${core}/events${query}`, event(name))).status;
    expect([await post('a'), await post('b'), await post('c')]).toEqual([201, 201, 429]);
    expect(await post('c', '?dryRun=All')).toBe(201);
    now += 1_000;
    expect([await post('c'), await post('d')]).toEqual([201, 429]);
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    const other = { ...event('a'), involvedObject: { kind: 'Pod', namespace: 'other', name: 'a' } };
    expect((await server.ask('POST', '/api/v1/namespaces/other/events', other)).status).toBe(201);
  });

  it('tells every limit that is reached', async () => {
    const limits = [
      { type: 'Server', qps: 1, burst: 1 },
      { type: 'User', qps: 1, burst: 1 },
      { type: 'SourceAndObject', qps: 1, burst: 1 },
    ] as const;
    const server = new TestServer({
      clock: { ...systemClock, now: () => 0 },
      enableAdmissionPlugins: ['EventRateLimit'],
      admissionConfiguration: { EventRateLimit: { limits } },
    });
    await server.ask('POST', `${core}/events`, event('a'));
    const { status, body } = await server.ask('POST', `${core}/events`, event('b', 'other'));
    expect([status, body.reason, body.message]).toEqual([
      429,
      'TooManyRequests',
      'Too many requests: [limit reached on type Server for key , limit reached on type User for key system:unsecured]',
    ]);
  });

  it('does not start without limits', () => {
    expect(() => new TestServer({ enableAdmissionPlugins: ['EventRateLimit'] })).toThrow(/it has no limits/);
  });
});

describe('configured', () => {
  it('PodNodeSelector selects nodes for namespaces without an annotation, and bounds selectors', async () => {
    const server = new TestServer({
      disableAdmissionPlugins,
      enableAdmissionPlugins: ['PodNodeSelector'],
      admissionConfiguration: {
        PodNodeSelector: { clusterDefaultNodeSelector: 'disk=ssd', default: 'disk=ssd,zone=a' },
      },
    });
    const { body } = await server.ask('POST', `${core}/pods`, pod('a', { nodeSelector: { zone: 'a' } }));
    expect(body.spec.nodeSelector).toEqual({ disk: 'ssd', zone: 'a' });
    const refused = await server.ask('POST', `${core}/pods`, pod('b', { nodeSelector: { zone: 'b' } }));
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'pods "b" is forbidden: pod node label selector labels conflict with its namespace whitelist',
    ]);
  });

  it('PodTolerationRestriction adds and allows tolerations in namespaces without annotations', async () => {
    const toleration = { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
    const usual = ['not-ready', 'unreachable'].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: 'Exists',
      effect: 'NoExecute',
    }));
    const server = new TestServer({
      disableAdmissionPlugins,
      enableAdmissionPlugins: ['PodTolerationRestriction'],
      admissionConfiguration: {
        PodTolerationRestriction: { default: [toleration], whitelist: [toleration, ...usual] },
      },
    });
    const { body } = await server.ask('POST', `${core}/pods`, pod('a'));
    expect(body.spec.tolerations).toContainEqual(toleration);
    const other = { ...toleration, value: 'b' };
    expect((await server.ask('POST', `${core}/pods`, pod('b', { tolerations: [other] }))).status).toBe(500);
  });
});

describe('--admission-control-config-file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-admission-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function read(...plugins: object[]) {
    const path = join(folder, 'admission.yaml');
    const whole = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins };
    await writeFile(path, JSON.stringify(whole));
    return readAdmissionConfiguration(path);
  }

  it('holds configurations, and names files that do', async () => {
    const rates = { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration' };
    const limits = [{ type: 'Server', qps: 10, burst: 20 }];
    await writeFile(join(folder, 'rates.yaml'), JSON.stringify({ ...rates, limits }));
    const configuration = { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'a=b' } };
    const found = await read(
      { name: 'EventRateLimit', path: 'rates.yaml' },
      { name: 'PodNodeSelector', configuration },
      { name: 'AlwaysAdmit' },
    );
    expect(found).toEqual({
      EventRateLimit: { ...rates, limits },
      PodNodeSelector: { clusterDefaultNodeSelector: 'a=b' },
    });
  });

  it.each<[string, object, RegExp]>([
    [
      'another plugin',
      { name: 'PodSecurity', configuration: {} },
      /PodSecurity.*takes no configuration on this server/,
    ],
    ['an unknown field', { name: 'PodNodeSelector', configuration: { other: {} } }, /PodNodeSelector: .*other/],
    ['a missing file', { name: 'EventRateLimit', path: 'none.yaml' }, /none\.yaml: ENOENT/],
    ['a field of the list', { name: 'PodNodeSelector', config: {} }, /plugins\.0/],
  ])('is refused with %s', async (_what, plugin, message) => {
    await expect(read(plugin)).rejects.toThrow(message);
  });
});
