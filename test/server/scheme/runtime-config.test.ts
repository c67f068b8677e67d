import { describe, expect, it } from 'vitest';
import { factsIndex } from '../../../src/server/scheme/facts.js';
import { servedGroups } from '../../../src/server/scheme/runtime-config.js';

const served = (config: string): string[] =>
  servedGroups(factsIndex().groups, config).flatMap(({ group, versions }) => versions.map((one) => `${group}/${one}`));

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
    ['apps/v1/deployments=false'],
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
});
