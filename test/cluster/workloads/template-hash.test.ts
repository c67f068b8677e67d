import { readFileSync } from 'node:fs';
import type { PodTemplateSpec } from 'keelson/k8s/core/v1';
import { describe, expect, test } from 'vitest';
import { templateHash } from '../../../src/cluster/workloads/revisions/template-hash.js';

interface Recorded {
  readonly hash: string;
  readonly template: PodTemplateSpec;
}

/** Templates as an API server returns them, with the hashes that kube-controller-manager 1.36 gave them. */
const recorded = (): Recorded[] =>
  JSON.parse(readFileSync(new URL('fixtures/template-hashes.json', import.meta.url), 'utf8'));

describe('the hash of a pod template', () => {
  test('is the one of kube-controller-manager', () => {
    for (const { hash, template } of recorded()) expect(templateHash(template, undefined)).toBe(hash);
    expect(recorded().length).toBeGreaterThan(2);
  });

  test('changes with the template and with the number of collisions, and not with the order of fields', () => {
    const [{ hash, template } = { hash: '', template: {} }] = recorded();
    const reversed = Object.fromEntries(Object.entries(template).reverse());
    expect(templateHash(reversed, undefined)).toBe(hash);
    const others = [
      templateHash(template, 0),
      templateHash(template, 1),
      templateHash({ ...template, metadata: {} }, undefined),
    ];
    expect(new Set([hash, ...others]).size).toBe(4);
  });
});
