import type { StatefulSet } from '../../../../generated/apps/v1.js';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '../../../../generated/core/v1.js';
import type { Stored } from '../../../meta/index.js';
import { podFromTemplate } from '../pods/pod-control.js';
import { type CachedPod, isPodAvailable } from '../pods/pod-state.js';

/** A StatefulSet that a reconcile may change. */
export type StatefulDraft = Stored<StatefulSet, 'Namespaced'>;

/** The label with the name of the revision that a pod was made from. */
const REVISION_LABEL = 'controller-revision-hash';
const NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** A pod with a name, on its way to the server. */
export type NamedPod = Pod & { metadata: { name: string } };

/** A claim with a name, on its way to the server. */
export type NamedClaim = PersistentVolumeClaim & { metadata: { name: string } };

/** Returns the ordinal of a pod of a StatefulSet, or undefined for a pod whose name is not one of the set's. */
export function ordinalOf(pod: CachedPod, set: StatefulDraft): number | undefined {
  const match = /^(.*)-(\d{1,9})$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

/** Returns the first ordinal of a StatefulSet. */
export function firstOrdinal({ spec }: StatefulDraft): number {
  return spec?.ordinals?.start ?? 0;
}

/** Reports whether a StatefulSet creates and deletes its pods all at once. */
export function isParallel({ spec }: StatefulDraft): boolean {
  return spec?.podManagementPolicy === 'Parallel';
}

/** Returns the name of the revision that a pod was made from. */
export function revisionOf({ metadata }: CachedPod): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}

/** Reports whether a pod is missing from the service: not available yet, or being deleted. */
export function isUnavailable(pod: CachedPod | undefined, minReadySeconds: number, now: number): boolean {
  return (
    pod === undefined || pod.metadata.deletionTimestamp !== undefined || !isPodAvailable(pod, minReadySeconds, now)
  );
}

/** Returns the pod of an ordinal, with its identity and its volumes. */
export function statefulPod(
  set: StatefulDraft,
  template: PodTemplateSpec,
  revision: string,
  ordinal: number,
): NamedPod {
  const { metadata } = podFromTemplate(set, template);
  const name = `${set.metadata.name}-${ordinal}`;
  const spec = structuredClone(template.spec ?? { containers: [] });
  spec.hostname = name;
  spec.subdomain = set.spec?.serviceName;
  spec.volumes = volumesOf(set, ordinal, spec.volumes ?? []);
  return {
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, ...identityOf(name, ordinal), [REVISION_LABEL]: revision },
    },
    spec,
  };
}

/** Returns the labels that identify the pod of an ordinal. */
export function identityOf(name: string, ordinal: number): Record<string, string> {
  return { [NAME_LABEL]: name, [INDEX_LABEL]: String(ordinal) };
}

/** Reports whether a pod has the label with its own name. */
export function hasIdentity({ metadata }: CachedPod): boolean {
  return metadata.labels?.[NAME_LABEL] === metadata.name;
}

/** Returns the claims of an ordinal. */
export function claimsOf(set: StatefulDraft, ordinal: number): NamedClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const { status: _, metadata, ...claim } = structuredClone(template);
    const labels = { ...metadata?.labels, ...set.spec?.selector.matchLabels };
    const name = `${metadata?.name}-${set.metadata.name}-${ordinal}`;
    return { ...claim, metadata: { ...metadata, name, namespace: set.metadata.namespace, labels } };
  });
}

function volumesOf(set: StatefulDraft, ordinal: number, volumes: readonly Volume[]): Volume[] {
  const claims = claimsOf(set, ordinal);
  const names = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
  return [
    ...names.map((name, i) => ({ name, persistentVolumeClaim: { claimName: claims[i]?.metadata.name ?? '' } })),
    ...volumes.filter(({ name }) => !names.includes(name)),
  ];
}
