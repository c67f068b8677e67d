import { beforeEach, describe, expect, it } from 'vitest';
import { serviceRanges } from '../../../src/server/object/service-ranges.js';
import { type Answer, TestServer } from '../client.js';

const path = '/api/v1/namespaces/default/services';
const merge = { 'content-type': 'application/merge-patch+json' };
const service = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { selector: { app: 'a' }, ports: [{ port: 80 }], ...spec },
});
const [v4, v6] = [expect.stringMatching(/^10\.0\.\d+\.\d+$/), expect.stringMatching(/^fd00::/)];

/** Returns the families and addresses of a service, or the messages of the refusal. */
function shown({ body, status }: { body: Answer; status: number }): unknown {
  if (status >= 300) return body.details.causes.map(({ field, message }: Answer) => `${field}: ${message}`);
  const { ipFamilyPolicy, ipFamilies, clusterIP, clusterIPs } = body.spec;
  expect(clusterIPs[0]).toBe(clusterIP);
  return [ipFamilyPolicy, ipFamilies.join(), ...clusterIPs];
}

describe('services of two families', () => {
  let server: TestServer;
  beforeEach(() => {
    server = new TestServer({ serviceClusterIpRange: '10.0.0.0/16,fd00::/108' });
  });
  const create = async (name: string, spec?: object) => shown(await server.ask('POST', path, service(name, spec)));
  const patch = async (name: string, spec: object) =>
    shown(await server.ask('PATCH', `${path}/${name}`, { spec }, merge));

  it('come from a network of each family', async () => {
    const { body } = await server.ask('GET', '/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
    expect(body.spec.cidrs).toEqual(['10.0.0.0/16', 'fd00::/108']);
    expect(await create('a')).toEqual(['SingleStack', 'IPv4', v4]);
    expect(await create('b', { ipFamilies: ['IPv6'] })).toEqual(['SingleStack', 'IPv6', v6]);
    expect(await create('c', { clusterIP: 'fd00::77' })).toEqual(['SingleStack', 'IPv6', 'fd00::77']);
    expect(await create('d', { ipFamilyPolicy: 'PreferDualStack' })).toEqual(['PreferDualStack', 'IPv4,IPv6', v4, v6]);
    expect(await create('e', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] })).toEqual([
      'RequireDualStack',
      'IPv6,IPv4',
      v6,
      v4,
    ]);
    expect(await create('f', { clusterIP: 'None', selector: {} })).toEqual(['RequireDualStack', 'IPv4,IPv6', 'None']);
    expect(await create('g', { clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' })).toEqual([
      'PreferDualStack',
      'IPv4,IPv6',
      'None',
    ]);
  });

  it('are refused where policy, families and addresses do not agree', async () => {
    const needsTwo = (what: string) =>
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    expect(await create('a', { ipFamilies: ['IPv4', 'IPv6'] })).toEqual([
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": ${needsTwo('IP families')}`,
    ]);
    expect(await create('a', { clusterIP: 'fd00::99', clusterIPs: ['fd00::99', '10.0.9.9'] })).toEqual([
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": ${needsTwo('cluster IPs')}`,
    ]);
    expect(await create('a', { clusterIP: 'fe00::99' })).toEqual([
      'spec.clusterIPs: Invalid value: ["fe00::99"]: failed to allocate IP fe00::99: the provided network does not match the current range',
    ]);
    await create('b', { clusterIP: 'fd00::99' });
    expect(await create('c', { clusterIP: 'fd00::99' })).toEqual([
      'spec.clusterIPs: Invalid value: ["fd00::99"]: failed to allocate IP fd00::99: provided IP is already allocated',
    ]);
  });

  it('get a second address, and give it back', async () => {
    await create('a', { clusterIP: '10.0.5.5' });
    expect(await patch('a', { ipFamilyPolicy: 'RequireDualStack' })).toEqual([
      'RequireDualStack',
      'IPv4,IPv6',
      '10.0.5.5',
      v6,
    ]);
    const { body } = await server.ask('GET', `${path}/a`);
    const [, second] = body.spec.clusterIPs;
    expect(await patch('a', { clusterIPs: ['10.0.5.5'] })).toEqual([
      `spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be 'SingleStack' to release the secondary cluster IP`,
    ]);
    expect(await patch('a', { ipFamilyPolicy: 'SingleStack' })).toEqual(['SingleStack', 'IPv4', '10.0.5.5']);
    expect(await create('b', { clusterIP: second })).toEqual(['SingleStack', 'IPv6', second]);
    expect(await patch('a', { ipFamilyPolicy: 'PreferDualStack', clusterIPs: ['10.0.5.5', 'fd00::55'] })).toEqual([
      'PreferDualStack',
      'IPv4,IPv6',
      '10.0.5.5',
      'fd00::55',
    ]);
  });

  it('keep what they have in an update that leaves it out', async () => {
    const first = await create('a', { ipFamilyPolicy: 'PreferDualStack' });
    expect(shown(await server.ask('PUT', `${path}/a`, service('a')))).toEqual(first);
    await server.ask('DELETE', `${path}/a`);
    const again = service('b', { ipFamilyPolicy: 'RequireDualStack', clusterIP: (first as string[])[2] });
    expect(shown(await server.ask('POST', path, again))).toEqual([
      'RequireDualStack',
      'IPv4,IPv6',
      (first as string[])[2],
      v6,
    ]);
  });

  it('show the networks in a dry run, and take nothing', async () => {
    const asked = await server.ask('POST', `${path}?dryRun=All`, service('a', { ipFamilyPolicy: 'PreferDualStack' }));
    expect(shown(asked)).toEqual(['PreferDualStack', 'IPv4,IPv6', '10.0.0.0', 'fd00::']);
  });
});

describe('services of IPv6 alone', () => {
  it('have addresses of that family, and so has kubernetes', async () => {
    const server = new TestServer({ serviceClusterIpRange: 'FD00:0::/64' });
    expect(serviceRanges({ serviceClusterIpRange: 'FD00:0::/64' }).addresses[0].cidr).toBe('fd00::/64');
    expect(shown(await server.ask('GET', `${path}/kubernetes`))).toEqual(['SingleStack', 'IPv6', 'fd00::1']);
    expect(shown(await server.ask('POST', path, service('a')))).toEqual(['SingleStack', 'IPv6', v6]);
    expect(shown(await server.ask('POST', path, service('b', { clusterIP: '10.0.0.7' })))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.7"]: IPv4 is not configured on this cluster',
    ]);
  });
});
