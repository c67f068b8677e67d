import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aggregatedDiscovery } from '../../../src/server/openapi/index.js';
import { allFacts, hasRecorded, needsRecorded, readJson, recorded } from '../../codegen/sources.js';

describe('aggregatedDiscovery', () => {
  it.skipIf(!hasRecorded)(`is what a real server answers, in its order ${needsRecorded}`, () => {
    const { core, groups } = aggregatedDiscovery(allFacts());
    expect(JSON.stringify(core)).toBe(JSON.stringify(readJson(join(recorded, 'discovery_api.json'))));
    expect(JSON.stringify(groups)).toBe(JSON.stringify(readJson(join(recorded, 'discovery_apis.json'))));
  });

  it('lists the preferred version of a group first', () => {
    const { groups } = aggregatedDiscovery(allFacts());
    const autoscaling = groups.items.find(({ metadata }) => metadata.name === 'autoscaling');
    expect(autoscaling?.versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });
});
