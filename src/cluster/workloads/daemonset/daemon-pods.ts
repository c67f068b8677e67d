import type { DaemonSet } from '../../../../generated/apps/v1.js';
import type { Affinity, Node, Toleration } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import { type DeepReadonly, type Stored, scaledValue } from '../../../meta/index.js';
import { compareText } from '../../../util/compare.js';
import { matchesRequiredAffinity } from '../../scheduler/node-selector.js';
import { tolerates } from '../../scheduler/tolerations.js';
import { podFromTemplate } from '../pods/pod-control.js';
import type { CachedPod } from '../pods/pod-state.js';

/** A DaemonSet that a reconcile may change. */
export type DaemonDraft = Stored<DaemonSet, 'Namespaced'>;

/** The label with the hash of the template that a pod was made from. */
export const REVISION_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const NODE_NAME = 'metadata.name';

/** The taints that daemon pods tolerate, with their effects: a daemon keeps running on a node in trouble. */
const TOLERATED: readonly (readonly [string, 'NoExecute' | 'NoSchedule'])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

/** Returns the daemon pod of a node. The scheduler binds it, because its affinity names the node. */
export function daemonPod(set: DaemonDraft, node: string, hash: string): ReturnType<typeof podFromTemplate> {
  const pod = podFromTemplate(set, set.spec?.template ?? {});
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  const isNumber = generation !== undefined && /^-?\d+$/.test(generation);
  pod.metadata.labels = {
    ...pod.metadata.labels,
    ...(isNumber ? { [GENERATION_LABEL]: generation } : {}),
    [REVISION_LABEL]: hash,
  };
  if (pod.spec !== undefined) {
    pod.spec.tolerations = withDaemonTolerations(pod.spec.tolerations ?? [], pod.spec.hostNetwork === true);
    pod.spec.affinity = withNodeName(pod.spec.affinity, node);
  }
  return pod;
}

function withDaemonTolerations(tolerations: readonly Toleration[], hostNetwork: boolean): Toleration[] {
  const wanted = hostNetwork
    ? [...TOLERATED, ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as const]
    : TOLERATED;
  const missing = wanted
    .map(([key, effect]): Toleration => ({ key, operator: 'Exists', effect }))
    .filter(
      ({ key, effect }) =>
        !tolerations.some((one) => one.key === key && one.effect === effect && one.operator === 'Exists'),
    );
  return [...tolerations, ...missing];
}

function withNodeName(affinity: Affinity | undefined, node: string): Affinity {
  const term = { matchFields: [{ key: NODE_NAME, operator: 'In' as const, values: [node] }] };
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: [term] };
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution } };
}

/** Returns the node that a daemon pod is for, whether it is bound yet or not. */
export function targetNode({ spec }: CachedPod): string | undefined {
  if (spec?.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = (required?.nodeSelectorTerms ?? []).flatMap(({ matchFields = [] }) => matchFields);
  const field = fields.find(({ key, operator }) => key === NODE_NAME && operator === 'In');
  return field?.values?.length === 1 ? field.values[0] : undefined;
}

/** Reports whether a pod was made from the present template. */
export function isUpdated({ metadata }: CachedPod, set: DaemonDraft, hash: string): boolean {
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  const isSame = generation !== undefined && metadata.labels?.[GENERATION_LABEL] === generation;
  return isSame || metadata.labels?.[REVISION_LABEL] === hash;
}

/** The place of a DaemonSet on a node. */
export interface NodeFit {
  /** A daemon pod should run there. */
  readonly run: boolean;
  /** A daemon pod that runs there already may stay. */
  readonly stay: boolean;
}

/** Returns whether a daemon pod should run on a node, and may stay there. */
export function nodeFit(set: DeepReadonly<DaemonDraft>, node: Cached<Node, 'Cluster'>): NodeFit {
  const spec = set.spec?.template.spec;
  const { name, labels = {} } = node.metadata;
  const none = { run: false, stay: false };
  if (spec?.nodeName !== undefined && spec.nodeName !== name) return none;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!matchesRequiredAffinity({ nodeSelector: spec?.nodeSelector ?? {}, required, preferred: [] }, { name, labels }))
    return none;
  const tolerations = withDaemonTolerations([...(spec?.tolerations ?? [])], spec?.hostNetwork === true);
  const isIn = (effect: string) =>
    (node.spec?.taints ?? []).some(
      (taint) => taint.effect === effect && !tolerations.some((toleration) => tolerates(toleration, taint)),
    );
  const isEvicted = isIn('NoExecute');
  return { run: !isEvicted && !isIn('NoSchedule'), stay: !isEvicted };
}

/** Orders daemon pods of a node: bound ones first, then by age. */
export function byAge(a: CachedPod, b: CachedPod): number {
  const isBound = (pod: CachedPod) => Number((pod.spec?.nodeName ?? '') !== '');
  return (
    isBound(b) - isBound(a) ||
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

/** Returns the most extra pods and the most missing pods of a rolling update over so many nodes. */
export function updateLimits(
  { spec }: DeepReadonly<DaemonDraft>,
  nodes: number,
): { surge: number; unavailable: number } {
  const { type = 'RollingUpdate', rollingUpdate } = spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, nodes, 'up');
  const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? (surge > 0 ? 0 : 1), nodes, 'up');
  // Without any room the update would never begin.
  return { surge, unavailable: nodes > 0 && surge === 0 && unavailable === 0 ? 1 : unavailable };
}
