import { describe, expect, it } from 'vitest';
import { apiFacts, factsIndex } from '../../../src/server/scheme/facts.js';
import { RuntimeConfig } from '../../../src/server/scheme/runtime-config.js';
import { TestServer } from '../client.js';

const known = { groups: factsIndex().groups, facts: apiFacts };
const served = (config: string): string[] =>
  new RuntimeConfig(known, config).groups.flatMap(({ group, versions }) => versions.map((one) => `${group}/${one}`));

describe('--runtime-config', () => {
  it.each([
    ['foo'],
    ['foo=true'],
    ['foo/v1=true'],
    ['api/al=true'],
    ['apps=true'],
    ['apps/v9=true'],
    ['apps/v1=maybe'],
    ['v9=true'],
    ['api/ga=x'],
    ['api/all='],
    ['api/ga'],
    ['a/b/c/d=true'],
    ['api/all=false'],
    ['apps/v1/Deployments=false'],
    ['apps/v1/nope=false'],
    ['apps/v1/=false'],
    ['apps/v1/deployments/status=false'],
    ['apps/nonsense=false'],
    ['core/v1=false'],
    ['v1/pods=false'],
    ['api/v1/endpoints=false'],
    ['api/v2=false'],
    ['foo/v1/bars=true'],
  ])('refuses %s by name', (config) => {
    expect(() => served(config)).toThrow(`cannot use --runtime-config ${config}: `);
  });

  it('takes the most particular entry, in the values that Go takes', () => {
    expect(served('')).toContain('apps/v1');
    expect(served('apps/v1=0')).not.toContain('apps/v1');
    expect(served('api/all=false,apps/v1')).toEqual(['apps/v1']);
    expect(served('api/beta=true,coordination.k8s.io/v1beta1=F')).toContain('networking.k8s.io/v1beta1');
    expect(served('api/beta=true,coordination.k8s.io/v1beta1=F')).not.toContain('coordination.k8s.io/v1beta1');
    expect(served('v1=false')).not.toContain('/v1');
    expect(served('apps/v1beta1=false,extensions/v1beta1=false')).toContain('apps/v1');
  });

  it('applies api/all before api/ga, api/beta and api/alpha, whatever their order', () => {
    const stable = served('').length;
    expect(served('api/ga=true,api/all=false').length).toBe(stable);
    expect(served('api/all=true').length).toBeGreaterThan(stable);
    expect(served('api/all=true,api/alpha=false').filter((one) => one.includes('alpha'))).toEqual([]);
    expect(served('api/ga=false,api/beta=true').every((one) => one.includes('beta'))).toBe(true);
    expect(served('api/alpha=true').some((one) => one.includes('alpha'))).toBe(true);
  });

  it.each(['v1', '/v1', 'api/v1'])('takes %s for the core group', (key) => {
    expect(served(`${key}=false`)).not.toContain('/v1');
  });

  it('turns single resources on and off', async () => {
    const beta = 'coordination.k8s.io/v1beta1';
    expect(served('batch/v1/jobs=false,batch/v1/cronjobs=false')).not.toContain('batch/v1');
    const config = `apps/v1/deployments=false,${beta}/leasecandidates=true,v1/replicationcontrollers=false`;
    const server = new TestServer({ runtimeConfig: config });
    const names = async (path: string): Promise<string[]> =>
      ((await server.ask('GET', path)).body.resources ?? []).map(({ name }: { name: string }) => name);
    expect(await names(`/apis/${beta}`)).toEqual(['leasecandidates']);
    expect((await names('/apis/apps/v1')).filter((name) => name.startsWith('deployments'))).toEqual([]);
    expect(await names('/apis/apps/v1')).toContain('replicasets/scale');
    expect((await server.ask('GET', '/apis/apps/v1/deployments')).status).toBe(404);
    expect((await server.ask('GET', `/apis/${beta}/leasecandidates`)).status).toBe(200);
    expect((await server.ask('GET', '/api/v1/replicationcontrollers')).status).toBe(404);
    expect((await server.ask('GET', '/api/v1/pods')).status).toBe(200);
    const { paths } = (await server.ask('GET', '/openapi/v3/apis/apps/v1')).body;
    expect(Object.keys(paths).filter((path) => path.includes('deployments'))).toEqual([]);
    await server.api.close();
  });

  it('refuses to turn off the API of priority and fairness while that is on', () => {
    expect(() => new TestServer({ runtimeConfig: 'api/all=false,v1=true' })).toThrow(
      'cannot use priority and fairness: --runtime-config does not serve flowcontrol.apiserver.k8s.io/v1.',
    );
    new TestServer({ runtimeConfig: 'api/all=false,v1=true', enablePriorityAndFairness: false });
  });
});
