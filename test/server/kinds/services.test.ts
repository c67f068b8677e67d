import { describe, expect, it } from 'vitest';
import { services } from '../../../src/server/kinds/core/services/service-strategy.js';
import { TestServer } from '../client.js';

/** `reason field` of all that is wrong with a service of this spec. */
function problems(spec: object): string[] {
  const service = { metadata: {}, spec: { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }], ...spec } };
  services.defaults?.(service, undefined);
  return (services.validate?.(service) ?? []).map(
    ({ reason, field }) => `${reason.replace('FieldValue', '')} ${field}`,
  );
}

describe('What a service may be', () => {
  it.each<[string, object]>([
    ['plain', {}],
    ['headless, of no port', { clusterIP: 'None', clusterIPs: ['None'], ports: [] }],
    ['a name for another', { type: 'ExternalName', externalName: 'a.example.com.', ports: [] }],
    ['balanced', { type: 'LoadBalancer', loadBalancerClass: 'a.example/b', loadBalancerSourceRanges: ['10.0.0.0/8'] }],
    ['one port in two protocols', { ports: [named('a', 'TCP'), named('b', 'UDP')] }],
    ['sticky', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } } }],
  ])('takes one that is %s', (_what, spec) => {
    expect(problems(spec)).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['one port twice', { ports: [named('a', 'TCP'), named('b', 'TCP')] }, ['Duplicate spec.ports[1]']],
    ['a target that is no port', { ports: [{ port: 1, targetPort: 'no port' }] }, ['Invalid spec.ports[0].targetPort']],
    ['a node port it has no use for', { ports: [{ port: 1, nodePort: 30_000 }] }, ['Forbidden spec.ports[0].nodePort']],
    [
      'no address but node ports',
      { type: 'NodePort', clusterIP: 'None', clusterIPs: ['None'] },
      ['Invalid spec.clusterIPs[0]'],
    ],
    [
      'two addresses of one family',
      { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2', '10.0.0.3'] },
      ['Invalid spec.clusterIPs'],
    ],
    [
      'an address of another family',
      { clusterIP: '::1', clusterIPs: ['::1'], ipFamilies: ['IPv4'] },
      ['Invalid spec.clusterIPs[0]'],
    ],
    ['a name that is none', { type: 'ExternalName', externalName: 'a b' }, ['Invalid spec.externalName']],
    ['a class without a balancer', { loadBalancerClass: 'a.example/b' }, ['Forbidden spec.loadBalancerClass']],
    ['a policy for nobody outside', { externalTrafficPolicy: 'Local' }, ['Invalid spec.externalTrafficPolicy']],
    [
      'a health check nobody makes',
      { type: 'LoadBalancer', healthCheckNodePort: 30_000 },
      ['Invalid spec.healthCheckNodePort'],
    ],
    [
      'a day of stickiness and more',
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } },
      ['Invalid spec.sessionAffinityConfig.clientIP.timeoutSeconds'],
    ],
    ['a link-local address', { externalIPs: ['169.254.1.1'] }, ['Invalid spec.externalIPs[0]']],
    [
      'a network that is none',
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/33'] },
      ['Invalid spec.LoadBalancerSourceRanges[0]'],
    ],
  ])('refuses one with %s', (_what, spec, expected) => {
    expect(problems(spec)).toEqual(expected);
  });
});

function named(name: string, protocol: string): object {
  return { name, protocol, port: 80 };
}

describe('What a service is given', () => {
  const path = '/api/v1/namespaces/default/services';
  const service = (name: string, spec: object): object => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });

  async function fresh(): Promise<TestServer> {
    const server = new TestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
    return server;
  }

  it('comes and goes with its type, and the address stays', async () => {
    const server = await fresh();
    const change = (spec: object) =>
      server.ask('PATCH', `${path}/s`, { spec }, { 'content-type': 'application/merge-patch+json' });
    const { body: made } = await server.ask(
      'POST',
      path,
      service('s', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
    );
    expect(made.spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
    const { body: inside } = await change({ type: 'ClusterIP' });
    expect(inside.spec).toEqual({
      ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
      clusterIP: made.spec.clusterIP,
      clusterIPs: made.spec.clusterIPs,
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    });
    const { body: elsewhere } = await change({ type: 'ExternalName', externalName: 'a.example' });
    expect(elsewhere.spec.clusterIP).toBeUndefined();
    // What it held is free again.
    const [port] = made.spec.ports;
    const again = service('t', {
      type: 'NodePort',
      clusterIP: made.spec.clusterIP,
      ports: [{ port: 1, nodePort: port.nodePort }],
    });
    expect((await server.ask('POST', path, again)).status).toBe(201);
  });

  it('is free again when the service is not made after all', async () => {
    const server = await fresh();
    const wanted = { type: 'NodePort', clusterIP: '10.0.9.9', ports: [{ port: 80, nodePort: 30_009 }] };
    expect((await server.ask('POST', path, service('bad', { ...wanted, selector: { 'a b': 'c' } }))).status).toBe(422);
    expect((await server.ask('POST', `${path}?dryRun=All`, service('dry', wanted))).status).toBe(201);
    expect((await server.ask('POST', path, service('s', wanted))).status).toBe(201);
    const { status, body } = await server.ask('POST', path, service('second', wanted));
    expect([status, body.details.causes[0].field]).toEqual([422, 'spec.clusterIPs']);
    // A name that is taken costs nothing, and takes nothing from who has it.
    expect((await server.ask('POST', path, service('s', {}))).status).toBe(409);
    expect((await server.ask('POST', path, service('third', wanted))).status).toBe(422);
  });

  it('is never of two families on a cluster of one', async () => {
    const server = await fresh();
    const { body } = await server.ask('POST', path, service('s', { ipFamilyPolicy: 'RequireDualStack' }));
    expect(body.details.causes.map(({ field }: { field: string }) => field)).toEqual(['spec.ipFamilyPolicy']);
    const { body: prefers } = await server.ask('POST', path, service('t', { ipFamilyPolicy: 'PreferDualStack' }));
    expect(prefers.spec.ipFamilies).toEqual(['IPv4']);
  });
});
