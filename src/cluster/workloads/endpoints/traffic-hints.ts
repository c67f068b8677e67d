import type { EndpointHints } from '../../../../generated/discovery.k8s.io/v1.js';
import { deepEqual } from '../../../meta/index.js';
import type { SliceDraft, SlicePlan, StoredSlice } from './slice-plan.js';

const CLOSE = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/**
 * Returns the plan with the hints that `spec.trafficDistribution` asks for: each ready endpoint serves its own zone, and with
 * `PreferSameNode` also its own node. Without a distribution there are none.
 */
export function withHints(
  plan: SlicePlan,
  existing: readonly StoredSlice[],
  distribution: string | undefined,
): SlicePlan {
  const touched = new Set([...plan.update, ...plan.remove].map(({ metadata }) => metadata.name));
  const stale = existing.filter(({ metadata }) => !touched.has(metadata.name));
  const hinted = (slice: SliceDraft) => hint(slice, distribution);
  return {
    create: plan.create.map(hinted),
    update: [
      ...plan.update.map(hinted),
      ...stale
        .map((slice) => ({ slice, next: hinted(slice) }))
        .flatMap(({ slice, next }) => (deepEqual(slice.endpoints, next.endpoints) ? [] : [next])),
    ],
    remove: plan.remove,
  };
}

function hint(slice: SliceDraft, distribution: string | undefined): SliceDraft {
  const endpoints = slice.endpoints?.map(({ hints, ...endpoint }) => {
    if (distribution === undefined || !CLOSE.includes(distribution)) return endpoint;
    if (endpoint.conditions?.ready !== true) return hints === undefined ? endpoint : { ...endpoint, hints };
    const { zone, nodeName } = endpoint;
    const next: EndpointHints = {};
    if (zone !== undefined) next.forZones = [{ name: zone }];
    if (nodeName !== undefined && distribution === 'PreferSameNode') next.forNodes = [{ name: nodeName }];
    return Object.keys(next).length === 0 ? endpoint : { ...endpoint, hints: next };
  });
  return endpoints === undefined ? slice : { ...slice, endpoints };
}
