import { describe, expect, it } from 'vitest';
import { featureGates } from '../../../src/server/features/feature-gates.js';

describe('feature gates', () => {
  it('can be set one by one, for kube, and by stage', () => {
    expect(featureGates().enabled('ShardedListAndWatch')).toBe(true);
    expect(featureGates('kube:ShardedListAndWatch=F').enabled('ShardedListAndWatch')).toBe(false);
    expect(featureGates('AllAlpha=false').enabled('ShardedListAndWatch')).toBe(false);
    expect(featureGates('AllAlpha=false,ShardedListAndWatch=true').enabled('ShardedListAndWatch')).toBe(true);
  });

  it.each([
    ['NoSuchGate=true', 'unrecognized feature gate: NoSuchGate'],
    ['SidecarContainers=false', 'cannot set feature gate SidecarContainers to false, feature is locked to true'],
    ['ShardedListAndWatch', 'missing bool value for ShardedListAndWatch'],
    ['ShardedListAndWatch=yes', 'invalid value of ShardedListAndWatch=yes, err: strconv.ParseBool: parsing "yes"'],
  ])('refuses %s', (text, why) => {
    expect(() => featureGates(text)).toThrow(why);
  });

  it('warns of a gate that changes nothing here, unless it has its default', () => {
    expect(featureGates('EnvFiles=true,SidecarContainers=true').warnings).toEqual([]);
    expect(featureGates('EnvFiles=false').warnings).toEqual([
      'the feature gate EnvFiles changes nothing on this server',
    ]);
  });
});
