import type { Endpoint, EndpointPort, EndpointSlice } from '../../../../generated/discovery.k8s.io/v1.js';
import { deepEqual, type Stored } from '../../../meta/index.js';
import { groupBy } from '../base/group-by.js';

/** An EndpointSlice on its way to the server: stored already, or new. */
export type SliceDraft = EndpointSlice & { metadata: { name?: string | undefined; namespace: string } };

/** A stored EndpointSlice that a reconcile may change. */
export type StoredSlice = Stored<EndpointSlice, 'Namespaced'>;

/** The endpoints that have the same ports. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The changes that bring the slices of one address family to the wanted endpoints. */
export interface SlicePlan {
  readonly create: SliceDraft[];
  readonly update: SliceDraft[];
  readonly remove: StoredSlice[];
}

/** The way new slices are made and old ones are labelled. */
export interface SliceShape {
  readonly most: number;
  readonly newSlice: (ports: readonly EndpointPort[]) => SliceDraft;
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns the identity of a list of ports, whatever their order. */
export function portsKey(ports: readonly EndpointPort[] | undefined): string {
  const texts = (ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol }) =>
    JSON.stringify([name, port, protocol, appProtocol]),
  );
  return texts.sort().join();
}

/** Returns the identity of an endpoint: the rest of it may change without a new one. */
function endpointKey({ addresses, hostname, targetRef }: Endpoint): string {
  return JSON.stringify([addresses, hostname ?? '', targetRef?.namespace, targetRef?.name]);
}

/**
 * Plans the slices of one address family with as few writes as possible. Endpoints stay in their slice. New ones go into slices that
 * change anyway, then into one that has room for all of them, and then into new slices.
 */
export function planSlices(
  existing: readonly StoredSlice[],
  groups: readonly EndpointGroup[],
  shape: SliceShape,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const byPorts = groupBy(existing, ({ ports }) => portsKey(ports));
  for (const group of groups) {
    const key = portsKey(group.ports);
    planGroup(byPorts.get(key) ?? [], group, shape, plan);
    byPorts.delete(key);
  }
  for (const slices of byPorts.values()) plan.remove.push(...slices);
  return plan;
}

function planGroup(existing: readonly StoredSlice[], group: EndpointGroup, shape: SliceShape, plan: SlicePlan): void {
  const missing = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const unchanged: StoredSlice[] = [];
  const changed: StoredSlice[] = [];
  for (const slice of existing) {
    const kept: Endpoint[] = [];
    let differs = false;
    for (const endpoint of slice.endpoints ?? []) {
      const key = endpointKey(endpoint);
      const wanted = missing.get(key);
      if (wanted === undefined) continue;
      missing.delete(key);
      kept.push(wanted);
      differs ||= !deepEqual(withoutVersion(endpoint), withoutVersion(wanted));
    }
    const isSame = !differs && kept.length === (slice.endpoints?.length ?? 0);
    if (isSame && deepEqual(slice.metadata.labels, shape.labels)) unchanged.push(slice);
    else if (kept.length === 0 && !isSame) plan.remove.push(slice);
    else changed.push({ ...slice, metadata: { ...slice.metadata, labels: { ...shape.labels } }, endpoints: kept });
  }
  const rest = [...missing.values()];
  const fill = (slice: SliceDraft): SliceDraft => {
    const endpoints = slice.endpoints ?? [];
    return { ...slice, endpoints: [...endpoints, ...rest.splice(0, Math.max(0, shape.most - endpoints.length))] };
  };
  const fullest = changed.sort((a, b) => (b.endpoints?.length ?? 0) - (a.endpoints?.length ?? 0));
  plan.update.push(...fullest.map(fill));
  const room = (slice: StoredSlice) => shape.most - (slice.endpoints?.length ?? 0) - rest.length;
  const [closest] = unchanged.filter((slice) => room(slice) >= 0).sort((a, b) => room(a) - room(b));
  if (rest.length > 0 && closest !== undefined) plan.update.push(fill(closest));
  while (rest.length > 0) plan.create.push(fill(shape.newSlice(group.ports)));
}

function withoutVersion({ targetRef, ...endpoint }: Endpoint): unknown {
  return { ...endpoint, hints: undefined, targetRef: { ...targetRef, resourceVersion: undefined } };
}
