import { isIPv6 } from 'node:net';
import { Node, Pod, Service } from '../../../../generated/core/v1.js';
import { type Endpoint, type EndpointPort, EndpointSlice } from '../../../../generated/discovery.k8s.io/v1.js';
import type { Lister } from '../../../cache/index.js';
import {
  Controller,
  type ManagedController,
  type ReconcileContext,
  type Source,
  watched,
} from '../../../controller/index.js';
import { controllerReference, isOwnedBy } from '../../../meta/index.js';
import { faultMessage } from '../base/api-faults.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { type CachedPod, isPodReady } from '../pods/pod-state.js';
import {
  addressesOf,
  type CachedService,
  HEADLESS,
  hasClusterIp,
  hasSelector,
  hostnameOf,
  isEndpoint,
  podsOf,
  selectedPods,
  targetPort,
} from './service-pods.js';
import { type EndpointGroup, planSlices, portsKey, type SliceDraft, type StoredSlice } from './slice-plan.js';
import { writeSlices } from './slice-writer.js';
import { withHints } from './traffic-hints.js';
import { TriggerTimes } from './trigger-times.js';

/** The label that names the Service of a slice. */
export const SERVICE_NAME = 'kubernetes.io/service-name';
/** The label that names the controller of a slice. */
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE = 'topology.kubernetes.io/zone';
/** The most endpoints of a slice, as `--max-endpoints-per-slice`. */
const MOST_ENDPOINTS = 100;

type Family = 'IPv4' | 'IPv6';

/** Returns the controller that keeps the EndpointSlices of each Service with a selector. */
export function endpointSliceController(setup: ControllerSetup): ManagedController {
  const events = setup.events('endpoint-slice-controller');
  const times = new TriggerTimes();
  return new Controller({
    name: 'endpoint_slice',
    for: Service,
    watches: [selectedPods, managedSlices(MANAGER), watched(Node, () => [])],
    ...setup.run,
    deleted: ({ key }) => times.forget(key),
    async reconcile(context) {
      const service = context.object;
      if (!hasSelector(service)) return;
      try {
        await reconcileSlices(context, times);
      } catch (error) {
        const name = `${service.metadata.namespace}/${service.metadata.name}`;
        const message = `Error updating Endpoint Slices for Service ${name}: ${faultMessage(error)}`;
        events.warning(service, 'FailedToUpdateEndpointSlices', message);
        throw error;
      }
    },
  });
}

/** Watches the slices of a manager, so that a change by somebody else is undone. */
export function managedSlices(manager: string): Source {
  return watched(EndpointSlice, ({ current }) => {
    const name = current.labels[SERVICE_NAME];
    return current.labels[MANAGED_BY] === manager && name !== undefined ? [`${current.namespace}/${name}`] : [];
  });
}

async function reconcileSlices(context: ReconcileContext<Service, 'Namespaced'>, times: TriggerTimes): Promise<void> {
  const { object: service, cluster, lister, namespace, name, signal, key } = context;
  const pods = podsOf(service, lister(Pod));
  const existing = lister(EndpointSlice)
    .list({ namespace, labels: { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER } })
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((slice) => draftOf<StoredSlice>(slice));
  const options = {
    cluster,
    namespace,
    owner: `Service ${key}`,
    signal,
    triggerTime: times.next(key, service, pods),
    mayCreate: service.metadata.deletionTimestamp === undefined,
  };
  const missingNodes = new Set<string>();
  const families = familiesOf(service);
  for (const family of families) {
    const slices = existing.filter(({ addressType }) => addressType === family);
    const mine = slices.filter((slice) => isOwnedBy(slice, service));
    const shape = { most: MOST_ENDPOINTS, labels: labelsOf(service), newSlice: newSliceOf(service, family) };
    const groups = groupsOf(service, pods, family, lister(Node), missingNodes);
    const plan = planSlices(mine, groups, shape);
    plan.remove.push(...slices.filter((slice) => !mine.includes(slice)));
    if (plan.remove.length === slices.length && plan.create.length === 0) {
      // A Service without endpoints has one empty slice, which says that the controller knows it.
      const [only] = plan.remove;
      const isEmpty =
        plan.remove.length === 1 && (only?.endpoints?.length ?? 0) === 0 && (only?.ports?.length ?? 0) === 0;
      if (isEmpty) plan.remove.pop();
      else plan.create.push(shape.newSlice([]));
    }
    await writeSlices(withHints(plan, mine, service.spec?.trafficDistribution), options);
  }
  const others = existing.filter(({ addressType }) => !families.some((family) => family === addressType));
  await writeSlices({ create: [], update: [], remove: others }, options);
  const [missing] = missingNodes;
  if (missing !== undefined) throw new Error(`cannot find the zone of a pod: there is no Node ${missing} in the cache`);
}

/** Returns the endpoints of the pods, by the ports that they have. */
function groupsOf(
  service: CachedService,
  pods: readonly CachedPod[],
  family: Family,
  nodes: Lister<Node, 'Cluster'>,
  missingNodes: Set<string>,
): EndpointGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    if (!isEndpoint(pod, true)) continue;
    const ports = portsOf(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodes.get(nodeName);
    if (node === undefined && service.spec?.publishNotReadyAddresses !== true) {
      missingNodes.add(nodeName);
      continue;
    }
    const addresses = addressesOf(pod, family);
    if (addresses.length === 0) continue;
    group.endpoints.push(endpointOf(service, pod, addresses, node?.metadata.labels?.[ZONE]));
  }
  return [...groups.values()];
}

function endpointOf(service: CachedService, pod: CachedPod, addresses: string[], zone: string | undefined): Endpoint {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName } = pod.spec ?? {};
  const hostname = hostnameOf(pod, service);
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(zone === undefined || zone === '' ? {} : { zone }),
  };
}

function portsOf({ spec }: CachedService, pod: CachedPod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap((port) => {
    const number = targetPort(pod, port);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function familiesOf({ spec }: CachedService): readonly Family[] {
  const families = (spec?.ipFamilies ?? []).filter((family) => family !== '');
  if (families.length > 0) return families;
  const { clusterIP = 'None' } = spec ?? {};
  if (clusterIP === 'None' || clusterIP === '') return ['IPv4', 'IPv6'];
  return [isIPv6(clusterIP) ? 'IPv6' : 'IPv4'];
}

function labelsOf(service: CachedService): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(hasClusterIp(service) ? {} : { [HEADLESS]: '' }),
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
  };
}

function newSliceOf(service: CachedService, addressType: Family): (ports: readonly EndpointPort[]) => SliceDraft {
  const { name, namespace } = service.metadata;
  return (ports) => ({
    addressType,
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service)],
    },
    ports: [...ports],
    endpoints: [],
  });
}
