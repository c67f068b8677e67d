import { parseQuantity } from '../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type Amounts, amountsOf, podAmounts } from '../kinds/core/pods/pod-resources.js';
import { qosClass } from '../kinds/core/pods/qos.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';

/** The rule by which the objects of a kind count against quotas. */
export interface Evaluator {
  /** Reports whether a write counts at all. */
  readonly handles: (
    operation: string,
    subresource: string | undefined,
    object: ServerObject,
    old: ServerObject | undefined,
  ) => boolean;
  /** Reports whether the kind uses a quota's resource. */
  readonly uses: (name: string) => boolean;
  readonly usage: (object: ServerObject) => Amounts;
  /** True if that is the same for every object of the kind. */
  readonly sameForAll?: boolean;
  /** Reports whether an object is in a scope. */
  readonly inScope: (scope: JsonObject, object: ServerObject) => boolean;
  /** Returns the error of an object that must state these limited resources and does not. */
  readonly constraint?: (limited: readonly string[], object: ServerObject) => string | undefined;
}

const one = parseQuantity('1');

/** Returns the quota's name for the number of objects of a kind: `count/deployments.apps`, `count/secrets`. */
function countName({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? `count/${plural}` : `count/${plural}.${group}`;
}

/** The evaluator of a kind; every kind's objects are counted, some kinds' use more than that. */
export function evaluatorOf(resource: ServedResource): Evaluator {
  const count = countName(resource);
  if (resource.group === '') {
    if (resource.plural === 'pods') return pods(count);
    if (resource.plural === 'services') return services(count);
    if (resource.plural === 'persistentvolumeclaims') return claims(count);
  }
  if (resource.group === 'resource.k8s.io' && resource.plural === 'resourceclaims') return deviceClaims(count);
  const names = resource.group === '' && counted.has(resource.plural) ? [count, resource.plural] : [count];
  return {
    handles: (operation, subresource) => operation === 'CREATE' && subresource === undefined,
    uses: (name) => names.includes(name),
    usage: () => Object.fromEntries(names.map((name) => [name, one])),
    sameForAll: true,
    inScope: () => false,
  };
}

/** Kinds whose number has gone by the plain plural since before there was `count/`. */
const counted = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

const compute = ['cpu', 'memory', 'ephemeral-storage'];
/** The resources that a container must request or limit as soon as a quota limits them. */
const demanded = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

function pods(count: string): Evaluator {
  return {
    handles: (operation, subresource, object, old) => {
      if (subresource !== undefined) return subresource === 'resize' && operation === 'UPDATE';
      // A pod that is given a deadline, or loses it, moves from one scope to another.
      return operation === 'CREATE' || (old !== undefined && terminates(object.spec) !== terminates(old.spec));
    },
    uses: (name) =>
      name === count ||
      name === 'pods' ||
      compute.includes(name.replace(/^(requests|limits)\./, '')) ||
      name.startsWith('hugepages-') ||
      (name.startsWith('requests.') && (name.includes('/') || name.startsWith('requests.hugepages-'))),
    usage: ({ spec, status }) => {
      const { phase } = fieldsOf(status);
      // Pods that have ended take up room in the store, and nowhere else.
      if (phase === 'Succeeded' || phase === 'Failed') return { [count]: one };
      const pod = fieldsOf(spec);
      return { [count]: one, pods: one, ...computeUsage(podAmounts(pod, 'requests'), podAmounts(pod, 'limits')) };
    },
    inScope: podInScope,
    constraint: (limited, { spec }) => {
      const pod = fieldsOf(spec);
      if (Object.keys(fieldsOf(pod.resources)).length > 0) return undefined;
      const missing = new Map<string, string[]>();
      for (const { name, resources } of [...objectsOf(pod.containers), ...objectsOf(pod.initContainers)]) {
        const { requests, limits } = fieldsOf(resources);
        const says = computeUsage(amountsOf(requests), amountsOf(limits));
        for (const wanted of limited.filter((one) => demanded.has(one) && says[one] === undefined))
          missing.set(wanted, [...(missing.get(wanted) ?? []), textOf(name)]);
      }
      if (missing.size === 0) return undefined;
      const parts = [...missing.keys()]
        .sort()
        .map((name) => `${name} for: ${(missing.get(name) ?? []).sort().join(',')}`);
      return `must specify ${parts.join('; ')}`;
    },
  };
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const out: { [name: string]: Amounts[string] } = {};
  for (const [name, amount] of Object.entries(requests)) {
    if (compute.includes(name) || name.startsWith('hugepages-')) out[name] = amount;
    if (compute.includes(name) || name.startsWith('hugepages-') || name.includes('/')) out[`requests.${name}`] = amount;
  }
  for (const name of compute) {
    const limit = limits[name];
    if (limit !== undefined) out[`limits.${name}`] = limit;
  }
  return out;
}

/** Reports whether a pod ends by itself. */
function terminates(spec: unknown): boolean {
  return (numberOf(fieldsOf(spec).activeDeadlineSeconds) ?? -1) >= 0;
}

function podInScope(scope: JsonObject, { spec }: ServerObject): boolean {
  const pod = fieldsOf(spec);
  switch (scope.scopeName) {
    case 'Terminating':
      return terminates(spec);
    case 'NotTerminating':
      return !terminates(spec);
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort';
    case 'PriorityClass':
      return selects(scope, textOf(pod.priorityClassName));
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

function selects({ operator, values }: JsonObject, value: string): boolean {
  const listed = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'Exists':
      return value !== '';
    case 'DoesNotExist':
      return value === '';
    case 'NotIn':
      return value === '' || !listed;
    default:
      return value !== '' && listed;
  }
}

function usesOtherNamespaces(pod: JsonObject): boolean {
  const { podAffinity, podAntiAffinity } = fieldsOf(pod.affinity);
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: hard,
      preferredDuringSchedulingIgnoredDuringExecution: soft,
    } = fieldsOf(affinity);
    const terms = [...objectsOf(hard), ...objectsOf(soft).map(({ podAffinityTerm }) => fieldsOf(podAffinityTerm))];
    return terms.some(({ namespaces, namespaceSelector }) => {
      return (Array.isArray(namespaces) && namespaces.length > 0) || namespaceSelector !== undefined;
    });
  });
}

const always = (operation: string, subresource: string | undefined): boolean =>
  subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE');

function services(count: string): Evaluator {
  return {
    handles: always,
    uses: (name) => [count, 'services', 'services.nodeports', 'services.loadbalancers'].includes(name),
    usage: ({ spec }) => {
      const { type, ports, allocateLoadBalancerNodePorts } = fieldsOf(spec);
      const number = parseQuantity(String(objectsOf(ports).length));
      const balanced = type === 'LoadBalancer';
      const onNodes = type === 'NodePort' || (balanced && allocateLoadBalancerNodePorts !== false);
      return {
        [count]: one,
        services: one,
        'services.nodeports': onNodes ? number : parseQuantity('0'),
        'services.loadbalancers': parseQuantity(balanced ? '1' : '0'),
      };
    },
    inScope: () => false,
  };
}

const perClass = '.storageclass.storage.k8s.io/';

function claims(count: string): Evaluator {
  return {
    handles: always,
    uses: (name) => [count, 'persistentvolumeclaims', 'requests.storage'].includes(name) || name.includes(perClass),
    usage: ({ spec, metadata }) => {
      const { resources, storageClassName } = fieldsOf(spec);
      const { storage } = amountsOf(fieldsOf(resources).requests);
      const name = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? textOf(storageClassName);
      const within = name === '' ? {} : { [`${name}${perClass}persistentvolumeclaims`]: one };
      const sized = storage === undefined ? {} : { 'requests.storage': storage };
      const sizedWithin =
        storage === undefined || name === '' ? {} : { [`${name}${perClass}requests.storage`]: storage };
      return { [count]: one, persistentvolumeclaims: one, ...within, ...sized, ...sizedWithin };
    },
    inScope: ({ scopeName, ...scope }, { spec }) =>
      scopeName === 'VolumeAttributesClass' && selects(scope, textOf(fieldsOf(spec).volumeAttributesClassName)),
  };
}

const perDeviceClass = '.deviceclass.resource.k8s.io/devices';

/** The devices that a request for all of them is counted as: as many as an allocation can hold. */
const allDevices = 32;

/** Claims of devices: each counts the devices that it asks for, by device class. */
function deviceClaims(count: string): Evaluator {
  return {
    handles: always,
    uses: (name) => name === count || name.endsWith(perDeviceClass),
    usage: ({ spec }) => {
      const devices = new Map<string, number>();
      for (const request of objectsOf(fieldsOf(fieldsOf(spec).devices).requests)) {
        for (const [name, number] of requestedDevices(request))
          devices.set(`${name}${perDeviceClass}`, (devices.get(`${name}${perDeviceClass}`) ?? 0) + number);
      }
      const amounts = [...devices].map(([name, number]) => [name, parseQuantity(String(number))] as const);
      return { [count]: one, ...Object.fromEntries(amounts) };
    },
    inScope: () => false,
  };
}

/** Returns the most devices of each class that a request can get: only one of its alternatives is allocated. */
function requestedDevices({ exactly, firstAvailable }: JsonObject): Map<string, number> {
  const most = new Map<string, number>();
  const alternatives = exactly === undefined ? objectsOf(firstAvailable) : [fieldsOf(exactly)];
  for (const { deviceClassName, allocationMode = 'ExactCount', count } of alternatives) {
    const name = textOf(deviceClassName);
    const exact = allocationMode === 'ExactCount' ? (numberOf(count) ?? 1) : 0;
    const number = allocationMode === 'All' ? allDevices : exact;
    most.set(name, Math.max(most.get(name) ?? 0, number));
  }
  return most;
}
