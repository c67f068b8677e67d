import { isIP } from 'node:net';
import { type EndpointAddress, Endpoints, Service } from '../../../../generated/core/v1.js';
import { type Endpoint, type EndpointPort, EndpointSlice } from '../../../../generated/discovery.k8s.io/v1.js';
import type { Cached } from '../../../cache/index.js';
import { Controller, type ManagedController, watched } from '../../../controller/index.js';
import { controllerReference, type DeepReadonly, deepEqual } from '../../../meta/index.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import { groupBy } from '../base/group-by.js';
import type { ControllerSetup } from '../base/setup.js';
import { MANAGED_BY, managedSlices, SERVICE_NAME } from './endpointslice-controller.js';
import { TRIGGER_TIME } from './service-pods.js';
import { planSlices, portsKey, type SliceDraft, type StoredSlice } from './slice-plan.js';
import { writeSlices } from './slice-writer.js';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const NOT_COPIED = [TRIGGER_TIME, 'kubectl.kubernetes.io/last-applied-configuration'];
/** The most addresses of a subset that are mirrored, as `--mirroring-max-endpoints-per-subset`. */
const MOST_ADDRESSES = 1000;

/** Returns the controller that mirrors Endpoints which users write for Services without a selector into EndpointSlices. */
export function mirroringController(setup: ControllerSetup): ManagedController {
  const events = setup.events('endpoint-slice-mirroring-controller');
  return new Controller({
    name: 'endpoint_slice_mirroring',
    for: Endpoints,
    watches: [watched(Service, ({ key }) => [key]), managedSlices(MANAGER)],
    ...setup.run,
    async reconcile({ object: endpoints, cluster, lister, namespace, name, key, signal }) {
      const existing = lister(EndpointSlice)
        .list({ namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } })
        .map((slice) => draftOf<StoredSlice>(slice));
      const service = lister(Service).get(key);
      const isMirrored = service !== undefined && service.spec?.selector === undefined && wantsMirror(endpoints);
      const options = {
        cluster,
        namespace,
        owner: `Endpoints ${key}`,
        signal,
        mayCreate: endpoints.metadata.deletionTimestamp === undefined,
      };
      const plan = isMirrored ? planMirror(endpoints, existing, events) : { create: [], update: [], remove: existing };
      await writeSlices(plan, options);
    },
  });
}

function wantsMirror({ metadata }: Cached<Endpoints, 'Namespaced'>): boolean {
  return (
    metadata.labels?.[SKIP] !== 'true' &&
    metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
  );
}

function planMirror(
  endpoints: Cached<Endpoints, 'Namespaced'>,
  existing: readonly StoredSlice[],
  events: ComponentEvents,
): ReturnType<typeof planSlices> {
  const { name, namespace } = endpoints.metadata;
  const labels = { ...endpoints.metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER };
  const annotations = Object.fromEntries(
    Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key)),
  );
  const plan = { create: [] as SliceDraft[], update: [] as SliceDraft[], remove: [] as StoredSlice[] };
  let invalid = 0;
  let skipped = 0;
  for (const addressType of ['IPv4', 'IPv6'] as const) {
    const groups = groupBy(endpoints.subsets ?? [], ({ ports }) => portsKey(draftOf(ports ?? [])));
    const wanted = [...groups.values()].map((subsets) => {
      const all = subsets.flatMap(({ addresses = [], notReadyAddresses = [] }) => [
        ...addresses.map((address) => ({ address, ready: true })),
        ...notReadyAddresses.map((address) => ({ address, ready: false })),
      ]);
      if (addressType === 'IPv4') invalid += all.filter(({ address }) => isIP(address.ip) === 0).length;
      const family = all.filter(({ address }) => isIP(address.ip) === (addressType === 'IPv4' ? 4 : 6));
      skipped += Math.max(0, family.length - MOST_ADDRESSES);
      const ports = (subsets[0]?.ports ?? []).map(({ name: port = '', ...rest }) => ({ name: port, ...rest }));
      return {
        ports,
        endpoints: family.slice(0, MOST_ADDRESSES).map(({ address, ready }) => endpointOf(address, ready)),
      };
    });
    const shape = {
      most: MOST_ADDRESSES,
      labels,
      newSlice: (ports: readonly EndpointPort[]) => ({
        addressType,
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels,
          annotations,
          ownerReferences: [controllerReference(endpoints)],
        },
        ports: [...ports],
        endpoints: [],
      }),
    };
    const slices = existing.filter((slice) => slice.addressType === addressType);
    const next = planSlices(
      slices,
      wanted.filter((group) => group.endpoints.length > 0),
      shape,
    );
    plan.create.push(...next.create);
    plan.update.push(...next.update.map((slice) => ({ ...slice, metadata: { ...slice.metadata, annotations } })));
    plan.remove.push(...next.remove);
    const touched = new Set([...next.update, ...next.remove].map(({ metadata }) => metadata.name));
    for (const slice of slices) {
      if (touched.has(slice.metadata.name) || deepEqual(slice.metadata.annotations ?? {}, annotations)) continue;
      plan.update.push({ ...slice, metadata: { ...slice.metadata, annotations } });
    }
  }
  if (invalid > 0) {
    const message = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
    events.warning(endpoints, 'InvalidIPAddress', message);
  }
  if (skipped > 0) {
    const most = `A max of ${MOST_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset.`;
    events.warning(endpoints, 'TooManyAddressesToMirror', `${most} ${skipped} addresses were skipped`);
  }
  return plan;
}

function endpointOf({ ip, hostname, nodeName, targetRef }: DeepReadonly<EndpointAddress>, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef: { ...targetRef } }),
  };
}
