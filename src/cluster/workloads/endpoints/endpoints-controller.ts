import { isIPv6 } from 'node:net';
import {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '../../../../generated/core/v1.js';
import { Controller, type ManagedController, type ReconcileContext, watched } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { deepEqual } from '../../../meta/index.js';
import { compareText } from '../../../util/compare.js';
import { faultMessage, isNamespaceTerminating } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
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
  TRIGGER_TIME,
  targetPort,
} from './service-pods.js';
import { TriggerTimes } from './trigger-times.js';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
/** The most addresses of one Endpoints. */
const MOST_ADDRESSES = 1000;

/** Returns the controller that keeps the Endpoints of each Service with a selector, for clients that do not read EndpointSlices. */
export function endpointsController(setup: ControllerSetup): ManagedController {
  const events = setup.events('endpoint-controller');
  const times = new TriggerTimes();
  return new Controller({
    name: 'endpoint',
    for: Service,
    watches: [
      selectedPods,
      watched(Endpoints, ({ key, change, initial, current }) =>
        (change === 'deleted' || initial) && current.annotations[LEADER] === undefined ? [key] : [],
      ),
    ],
    ...setup.run,
    async deleted({ cluster, key, namespace, name, signal, lister }) {
      times.forget(key);
      if (!lister(Endpoints).has(key)) return;
      await cluster
        .resource(Endpoints)
        .in(namespace)
        .delete(name, { signal })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
    },
    reconcile: (context) => (hasSelector(context.object) ? reconcileEndpoints(context, times, events) : undefined),
  });
}

async function reconcileEndpoints(
  context: ReconcileContext<Service, 'Namespaced'>,
  times: TriggerTimes,
  events: ComponentEvents,
): Promise<void> {
  const { object: service, cluster, lister, namespace, name, key, signal } = context;
  const pods = podsOf(service, lister(Pod));
  const time = times.next(key, service, pods);
  const { subsets, isCut } = limited(repacked(service, pods));
  const current = lister(Endpoints).get(key);
  const labels = {
    ...service.metadata.labels,
    ...(hasClusterIp(service) ? {} : { [HEADLESS]: '' }),
    [MANAGED_BY]: MANAGER,
  };
  const isMarked = current?.metadata.annotations?.[OVER_CAPACITY] !== undefined;
  const isSame = deepEqual(current?.subsets, subsets) && deepEqual(current?.metadata.labels, labels);
  if (current !== undefined && isSame && isMarked === isCut) return;
  const draft: Endpoints & { metadata: { name: string } } =
    current === undefined ? { metadata: { name } } : draftOf<Endpoints & { metadata: { name: string } }>(current);
  const annotations = { ...draft.metadata.annotations };
  if (time === undefined) delete annotations[TRIGGER_TIME];
  else annotations[TRIGGER_TIME] = time;
  if (isCut) annotations[OVER_CAPACITY] = 'truncated';
  else delete annotations[OVER_CAPACITY];
  draft.metadata = { ...draft.metadata, labels, annotations };
  draft.subsets = subsets;
  const client = cluster.resource(Endpoints).in(namespace);
  try {
    await (current === undefined ? client.create(draft, { signal }) : client.replace(draft, { signal }));
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    const subject = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { namespace, name, uid: draft.metadata.uid ?? '' },
    };
    const why = faultMessage(error);
    if (current === undefined)
      events.warning(subject, 'FailedToCreateEndpoint', `Failed to create endpoint for service ${key}: ${why}`);
    else events.warning(subject, 'FailedToUpdateEndpoint', `Failed to update endpoint ${key}: ${why}`);
    throw error;
  }
}

/** Returns the addresses of the pods, grouped by the ports that they have in common. */
function repacked(service: CachedService, pods: readonly CachedPod[]): EndpointSubset[] {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  const byPorts = new Map<string, Required<Pick<EndpointSubset, 'addresses' | 'notReadyAddresses' | 'ports'>>>();
  const ordered = [...pods].sort((a, b) => compareText(a.status?.podIP ?? '', b.status?.podIP ?? ''));
  for (const pod of ordered) {
    const address = isEndpoint(pod, publishAll) ? addressOf(service, pod) : undefined;
    const ports = portsOf(service, pod);
    const hasPorts = ports.length > 0 || ((service.spec?.ports ?? []).length === 0 && !hasClusterIp(service));
    if (address === undefined || !hasPorts) continue;
    const key = JSON.stringify(ports);
    const subset = byPorts.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    byPorts.set(key, subset);
    (publishAll || isPodReady(pod) ? subset.addresses : subset.notReadyAddresses)?.push(address);
  }
  return [...byPorts.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { addresses = [], notReadyAddresses = [], ports = [] }]) => ({
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
}

function addressOf(service: CachedService, pod: CachedPod): EndpointAddress | undefined {
  const { clusterIP = '', ipFamilies } = service.spec ?? {};
  const family = ipFamilies?.[0] === 'IPv6' || (ipFamilies === undefined && isIPv6(clusterIP)) ? 'IPv6' : 'IPv4';
  const [ip] = addressesOf(pod, family);
  if (ip === undefined) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const { nodeName } = pod.spec ?? {};
  const hostname = hostnameOf(pod, service);
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function portsOf({ spec }: CachedService, pod: CachedPod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap(({ name, protocol = 'TCP', appProtocol, ...port }) => {
    const number = targetPort(pod, { ...port, protocol });
    if (number === undefined) return [];
    const named = name === undefined || name === '' ? {} : { name };
    return [{ ...named, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** Returns the subsets with 1000 addresses at most. Ready addresses come first, and every subset keeps its share. */
function limited(subsets: readonly EndpointSubset[]): { readonly subsets: EndpointSubset[]; readonly isCut: boolean } {
  const count = (field: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  const [ready, notReady] = [count('addresses'), count('notReadyAddresses')];
  if (ready + notReady <= MOST_ADDRESSES) return { subsets: [...subsets], isCut: false };
  const cutsReady = ready > MOST_ADDRESSES;
  const room = cutsReady ? MOST_ADDRESSES : MOST_ADDRESSES - ready;
  const total = cutsReady ? ready : notReady;
  let left = room;
  const cut = subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const list = cutsReady ? addresses : notReadyAddresses;
    const kept = list.slice(0, Math.min(left, Math.ceil((list.length / total) * room)));
    left -= kept.length;
    return cutsReady ? { addresses: kept, ports } : { addresses, notReadyAddresses: kept, ports };
  });
  return { subsets: cut, isCut: true };
}
