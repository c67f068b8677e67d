import type {
  NodeSelectorTerm,
  PreferredSchedulingTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../../../generated/core/v1.js';
import { controllerOf, type DeepReadonly, formatKey, type Labels, type OwnerReference } from '../../meta/index.js';
import type { PodObject } from '../objects.js';
import type { Amounts } from '../resources/amounts.js';
import { podRequests } from '../resources/pod-requests.js';
import { type PodTerms, podTermsOf } from './affinity-term.js';
import { type HostPort, hostPortsOf } from './host-ports.js';

/** The rules of a pod about the labels of its node. */
export interface NodeAffinityRules {
  readonly nodeSelector: Labels;
  /** Terms of which one must match. Undefined: all nodes match. */
  readonly required: readonly DeepReadonly<NodeSelectorTerm>[] | undefined;
  readonly preferred: readonly DeepReadonly<PreferredSchedulingTerm>[];
}

/** The use that scores assume of a container without requests. */
const assumedUse: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

/**
 * A pod as the scheduler sees it: everything that decisions depend on, read once. It does not keep the object, which can be many
 * times as large.
 */
export class PodInfo {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly generation: number | undefined;
  readonly creationTimestamp: string;
  readonly isBeingDeleted: boolean;
  readonly owner: DeepReadonly<OwnerReference> | undefined;
  readonly nodeName: string;
  readonly nominatedNodeName: string;
  readonly schedulerName: string;
  readonly priority: number;
  readonly preemptionPolicy: string;
  readonly schedulingGates: readonly string[];
  /** The requests, without those that are zero. */
  readonly requests: readonly (readonly [resource: string, amount: number])[];
  /** CPU and memory with an assumption for containers that request none: what scores count. */
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly DeepReadonly<Toleration>[];
  readonly nodeAffinity: NodeAffinityRules | undefined;
  readonly terms: PodTerms | undefined;
  readonly spreadConstraints: readonly DeepReadonly<TopologySpreadConstraint>[];
  /** The images of the containers, volumes included. */
  readonly images: readonly string[];
  readonly containers: number;
  /** The names of the claims that the pod mounts. */
  readonly claims: readonly string[];
  /** Set later, when the kubelet has started the pod. */
  startTime: string;
  /** True while a container is being resized: its requests can then change without a new generation. */
  readonly isResizing: boolean;
  /** The reason of the condition DisruptionTarget, if that is true. */
  readonly disruption: string;

  constructor({ metadata, spec, status }: PodObject) {
    const { namespace, name, uid } = metadata;
    const [containers, initContainers] = [spec?.containers ?? [], spec?.initContainers ?? []];
    this.key = formatKey(namespace, name);
    this.namespace = namespace;
    this.name = name;
    this.uid = uid;
    this.labels = metadata.labels ?? {};
    this.generation = metadata.generation;
    this.creationTimestamp = metadata.creationTimestamp;
    this.isBeingDeleted = metadata.deletionTimestamp !== undefined;
    this.owner = controllerOf({ metadata });
    this.nodeName = spec?.nodeName ?? '';
    this.nominatedNodeName = status?.nominatedNodeName ?? '';
    this.schedulerName = spec?.schedulerName ?? 'default-scheduler';
    this.priority = spec?.priority ?? 0;
    this.preemptionPolicy = spec?.preemptionPolicy ?? 'PreemptLowerPriority';
    this.schedulingGates = (spec?.schedulingGates ?? []).map((gate) => gate.name);
    const pod = { spec, status };
    this.requests = Object.entries(podRequests(pod)).filter(([, amount]) => amount !== 0);
    const { cpu = 0, memory = 0 } = podRequests(pod, { missing: assumedUse });
    this.assumed = { cpu, memory };
    this.hostPorts = hostPortsOf([...containers, ...initContainers.filter((one) => one.restartPolicy === 'Always')]);
    this.tolerations = spec?.tolerations ?? [];
    this.nodeAffinity = nodeAffinityOf(spec);
    this.terms = podTermsOf(spec?.affinity, namespace);
    this.spreadConstraints = spec?.topologySpreadConstraints ?? [];
    const volumes = spec?.volumes ?? [];
    this.images = [
      ...[...initContainers, ...containers].map(({ image = '' }) => image),
      ...volumes.flatMap((volume) => volume.image?.reference ?? []),
    ].map(normalizedImage);
    this.containers = containers.length + initContainers.length;
    this.claims = volumes.flatMap((volume) => {
      if (volume.ephemeral !== undefined) return [`${name}-${volume.name}`];
      return volume.persistentVolumeClaim === undefined ? [] : [volume.persistentVolumeClaim.claimName];
    });
    this.startTime = status?.startTime ?? '';
    this.isResizing = status?.conditions?.some(({ type }) => type.startsWith('PodResize')) ?? false;
    const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    this.disruption = target?.status === 'True' ? (target.reason ?? '') : '';
  }
}

/** Returns the rules of a pod about the labels of its node, or undefined if it has none. */
export function nodeAffinityOf(spec: PodObject['spec']): NodeAffinityRules | undefined {
  const nodeSelector = spec?.nodeSelector ?? {};
  const affinity = spec?.affinity?.nodeAffinity;
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  if (Object.keys(nodeSelector).length === 0 && required === undefined && preferred.length === 0) return undefined;
  return { nodeSelector, required, preferred };
}

/** Returns the name of an image with its tag, as container runtimes report it. */
export function normalizedImage(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
