import { describe, expect, it } from 'vitest';
import { aggregatedDiscovery } from '../../../src/server/openapi/index.js';
import { allFacts, recordedDocuments } from '../../codegen/sources.js';

describe('aggregatedDiscovery', () => {
  it('is what a real server answers, in its order', () => {
    const { core, groups } = aggregatedDiscovery(allFacts());
    expect(JSON.stringify(core)).toBe(JSON.stringify(recordedDocuments['discovery_api.json']));
    expect(JSON.stringify(groups)).toBe(JSON.stringify(recordedDocuments['discovery_apis.json']));
  });

  it('lists the preferred version of a group first', () => {
    const { groups } = aggregatedDiscovery(allFacts());
    const autoscaling = groups.items.find(({ metadata }) => metadata.name === 'autoscaling');
    expect(autoscaling?.versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });
});
