import { describe, expect, it } from 'vitest';
import { serviceRanges } from '../../../src/server/object/service-ranges.js';
import { TestServer } from '../client.js';

const services = '/api/v1/namespaces/default/services';
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

describe('the ranges of services', () => {
  it('decide which addresses there are, and where kubernetes is', async () => {
    const server = new TestServer({ serviceClusterIpRange: '192.168.7.9/29' });
    expect((await server.ask('GET', `${services}/kubernetes`)).body.spec.clusterIP).toBe('192.168.7.9');
    const { body } = await server.ask('GET', '/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
    expect(body.spec.cidrs).toEqual(['192.168.7.8/29']);
    const given: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      given.push((await server.ask('POST', services, service(name))).body.spec.clusterIP);
    expect(given.sort()).toEqual(['192.168.7.10', '192.168.7.11', '192.168.7.12', '192.168.7.13', '192.168.7.14']);
    expect((await server.ask('POST', services, service('f'))).body.message).toContain('range is full');
    const foreign = await server.ask('POST', services, service('g', { clusterIP: '10.0.0.7' }));
    expect(foreign.body.message).toContain('the provided network does not match the current range');
  });

  it('decide which node ports there are', async () => {
    const server = new TestServer({ serviceNodePortRange: '20000+1' });
    const nodePort = (name: string, port?: number) =>
      server.ask('POST', services, service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }));
    const given = [await nodePort('a'), await nodePort('b')].map(({ body }) => body.spec.ports[0].nodePort);
    expect(given.sort()).toEqual([20_000, 20_001]);
    expect((await nodePort('c')).body.message).toContain('range is full');
    expect((await nodePort('d', 30_000)).body.message).toContain('The range of valid ports is 20000-20001');
  });

  it.each([
    [{ serviceClusterIpRange: 'fd00::/63' }, 'the mask must be >= 64'],
    [{ serviceClusterIpRange: 'fd00::/126' }, 'the mask must be <= 125'],
    [{ serviceClusterIpRange: '10.0.0.0/30' }, 'the mask must be <= 29'],
    [{ serviceClusterIpRange: '10.0.0.0/16,10.1.0.0/16' }, 'its two networks must be of different families'],
    [{ serviceClusterIpRange: '10.0.0.0/16,fd00::/112,fd01::/112' }, 'it has more than two networks'],
    [{ serviceClusterIpRange: '10.0.0.0/16,' }, 'it is not a network'],
    [{ serviceClusterIpRange: '10.0.0.300/16' }, 'it is not a network'],
    [{ serviceNodePortRange: '9-8' }, 'it is not a range of ports'],
    [{ serviceNodePortRange: '0-8' }, 'it is not a range of ports'],
    [{ serviceNodePortRange: '1-70000' }, 'it is not a range of ports'],
  ])('refuse %j', (options, why) => {
    expect(() => serviceRanges(options)).toThrow(why);
  });
});
