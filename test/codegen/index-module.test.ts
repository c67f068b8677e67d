import { describe, expect, it } from 'vitest';
import * as events from '../../generated/events.k8s.io/v1.js';
import * as k8s from '../../generated/index.js';
import { isStable } from '../../src/meta/version-order.js';
import { allFacts } from './sources.js';

describe('keelson/k8s', () => {
  it('offers every kind of a stable version, by the newest one, as a descriptor with what discovery says', () => {
    const newest = new Map<string, { group: string; version: string }>();
    for (const api of allFacts().filter(({ version }) => isStable(version))) {
      for (const resource of api.resources) {
        const known = newest.get(resource.kind);
        // Versions come preferred first; of several groups the first has the name.
        if (known === undefined) newest.set(resource.kind, api);
        else expect(known.group === api.group ? 'older' : resource.kind).toMatch(/^(?:older|Event)$/);
      }
    }
    const exported = Object.entries(k8s);
    expect(exported.map(([name]) => name).sort()).toEqual([...newest.keys()].sort());
    for (const [kind, descriptor] of exported) {
      const { group, version } = newest.get(kind) ?? {};
      expect({ group: descriptor.group, version: descriptor.version }, kind).toEqual({ group, version });
      const facts = allFacts().find((api) => api.group === group && api.version === version);
      const resource = facts?.resources.find((one) => one.kind === kind);
      const { plural, singular, scope, verbs, shortNames = [], categories = [], subresources = [] } = resource ?? {};
      expect(descriptor).toMatchObject({ kind, plural, singular, scope, verbs, shortNames, categories });
      expect(Object.keys(descriptor.subresources)).toEqual(subresources.map(({ name }) => name));
    }
  });

  it('gives the name Event to the core group, and the other by its version', () => {
    expect([k8s.Event.group, events.Event.group]).toEqual(['', 'events.k8s.io']);
  });
});
