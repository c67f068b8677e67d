import { describe, expect, it } from 'vitest';
import { compareVersions, isStable } from '../../src/meta/version-order.js';

describe('API versions', () => {
  it('are ordered as Kubernetes orders them', () => {
    const sorted = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
  });

  it('are stable where neither alpha nor beta', () => {
    expect(['v1', 'v2', 'v1beta1', 'v1alpha3', 'stable', 'v0'].map(isStable)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
