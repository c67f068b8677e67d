import { isIPv6 } from 'node:net';
import { Pod, Service, type ServicePort } from '../../../../generated/core/v1.js';
import type { Cached, Lister, ViewChange } from '../../../cache/index.js';
import { type Source, watched } from '../../../controller/index.js';
import { type DeepReadonly, deepEqual, toLabelSelector } from '../../../meta/index.js';
import { type CachedPod, isPodReady, isPodTerminal } from '../pods/pod-state.js';

/** A Service out of a cache. */
export type CachedService = Cached<Service, 'Namespaced'>;

/** The annotation with the time of the change that the endpoints follow. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
/** The label of endpoints of Services without a cluster address. */
export const HEADLESS = 'service.kubernetes.io/headless';

/** Reports whether the endpoints of a Service follow from its selector. */
export function hasSelector({ spec }: CachedService): boolean {
  return spec?.selector !== undefined && spec.type !== 'ExternalName';
}

/** Reports whether a Service has a cluster address. */
export function hasClusterIp({ spec }: CachedService): boolean {
  return spec?.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

/** Returns the pods that a Service selects. */
export function podsOf(service: CachedService, pods: Lister<Pod, 'Namespaced'>): CachedPod[] {
  return pods.list({ namespace: service.metadata.namespace, labels: { ...service.spec?.selector } });
}

/** Reports whether a pod has an address that traffic may go to. */
export function isEndpoint(pod: CachedPod, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod)) return false;
  const { podIP = '', podIPs = [] } = pod.status ?? {};
  if (podIP === '' && podIPs.length === 0) return false;
  return includeTerminating || pod.metadata.deletionTimestamp === undefined;
}

/** Returns the addresses of a pod in one family. */
export function addressesOf({ status }: CachedPod, family: 'IPv4' | 'IPv6'): string[] {
  const { podIP, podIPs = podIP === undefined ? [] : [{ ip: podIP }] } = status ?? {};
  return podIPs.flatMap(({ ip }) => (ip !== undefined && isIPv6(ip) === (family === 'IPv6') ? [ip] : []));
}

/** Returns the host name of a pod below a Service, if the pod has one there. */
export function hostnameOf({ spec }: CachedPod, service: CachedService): string | undefined {
  return spec?.hostname !== undefined && spec.subdomain === service.metadata.name ? spec.hostname : undefined;
}

/** Returns the number of the port of a pod that a port of a Service leads to, or undefined when the pod has no port of that name. */
export function targetPort({ spec }: CachedPod, port: DeepReadonly<ServicePort>): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...(spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? []);
  const found = ports.find(({ name, protocol = 'TCP' }) => name === target && protocol === (port.protocol ?? 'TCP'));
  return found?.containerPort;
}

/** Watches pods, and reconciles the Services that select a pod before or after a change that matters to traffic. */
export const selectedPods: Source = watched(
  Pod,
  ({ current, old }, { lister }) => {
    const { namespace } = current;
    return lister(Service)
      .list({ namespace })
      .filter(({ spec }) => {
        if (spec?.selector === undefined) return false;
        const selector = toLabelSelector(spec.selector);
        return selector.matches(current.labels) || (old !== undefined && selector.matches(old.labels));
      })
      .map(({ metadata }) => `${namespace}/${metadata.name}`);
  },
  { predicates: [mattersToTraffic] },
);

function mattersToTraffic({ current, old, change }: ViewChange<Pod, 'Namespaced'>): boolean {
  if (change !== 'updated' || old === undefined) return true;
  if (current.deletionTimestamp !== old.deletionTimestamp || !deepEqual(current.labels, old.labels)) return true;
  return !deepEqual(trafficOf(current.object), trafficOf(old.object));
}

function trafficOf(pod: CachedPod): unknown {
  const { spec, status } = pod;
  return [spec?.hostname, spec?.subdomain, isPodReady(pod), isPodTerminal(pod), status?.podIPs];
}
