import { type Cached, type Clock, isConditionTrue, setCondition } from 'keelson';
import type { Deployment } from 'keelson/k8s';
import type { CachedWebsite } from './children.js';
import type { Website } from './website.js';

/** The observed state of a website. */
export interface Observed {
  /** The key of the website that has the host: this one's, or another's. */
  readonly holder: string;
  /** This one's. */
  readonly key: string;
  /** Undefined as long as the cache has not seen it. */
  readonly deployment: Cached<Deployment, 'Namespaced'> | undefined;
}

/** The status a website is to have. Equal to the one it has where there is nothing new. */
export function statusOf(
  { metadata, spec, status }: CachedWebsite,
  { holder, key, deployment }: Observed,
  options: { readonly clock?: Clock | undefined },
): NonNullable<Website['status']> {
  const observedGeneration = metadata.generation;
  const claimed = holder === key;
  const readyReplicas = deployment?.status?.readyReplicas ?? 0;
  // What a Deployment says of pods from before its last change is not about what it is to be now.
  const upToDate = deployment !== undefined && deployment.status?.observedGeneration === deployment.metadata.generation;
  const complete = upToDate && readyReplicas >= spec.replicas;
  const hostClaimed = claimed
    ? { status: 'True' as const, reason: 'Claimed', message: `${spec.host} leads here` }
    : { status: 'False' as const, reason: 'HostTaken', message: `${spec.host} belongs to ${holder}` };
  const ready = {
    status: claimed && complete ? ('True' as const) : ('False' as const),
    reason: claimed ? (complete ? 'Serving' : 'Progressing') : 'HostTaken',
    message: `${readyReplicas} of ${spec.replicas} replicas are ready`,
  };
  const before = status?.conditions;
  const conditions = setCondition(before, { type: 'HostClaimed', observedGeneration, ...hostClaimed }, options);
  return {
    observedGeneration,
    readyReplicas,
    conditions: setCondition(conditions, { type: 'Ready', observedGeneration, ...ready }, options),
  };
}

/** Reports whether a website's status has this condition. */
export function isTrue({ status }: CachedWebsite, type: 'HostClaimed' | 'Ready'): boolean {
  return isConditionTrue(status?.conditions, type);
}
