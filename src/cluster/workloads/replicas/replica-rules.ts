import type { PodTemplateSpec } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import type { ReconcileContext } from '../../../controller/index.js';
import type { KubeObject, ParsedLabelSelector, Time } from '../../../meta/index.js';
import type { Claimer } from '../base/claims.js';
import type { CachedPod } from '../pods/pod-state.js';

/** The status that ReplicaSets and ReplicationControllers share. */
export interface ReplicaStatus {
  replicas: number;
  fullyLabeledReplicas?: number | undefined;
  readyReplicas?: number | undefined;
  availableReplicas?: number | undefined;
  terminatingReplicas?: number | undefined;
  observedGeneration?: number | undefined;
  conditions?: ReplicaCondition[] | undefined;
}

/** A condition of that status. */
export interface ReplicaCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time | undefined;
  reason?: string | undefined;
  message?: string | undefined;
}

/** The fields that ReplicaSets and ReplicationControllers share. */
interface ReplicaObject extends KubeObject {
  spec?:
    | {
        replicas?: number | undefined;
        minReadySeconds?: number | undefined;
        template?: PodTemplateSpec | undefined;
      }
    | undefined;
  status?: ReplicaStatus | undefined;
}

/** A ReplicaSet or ReplicationController out of a cache. */
export type CachedReplicas = Cached<ReplicaObject, 'Namespaced'>;

/** One reconcile of either kind. */
export type ReplicaContext = Pick<
  ReconcileContext<ReplicaObject, 'Namespaced'>,
  'cluster' | 'object' | 'failures' | 'owned' | 'lister' | 'signal' | 'namespace' | 'name'
>;

/** The differences between the two kinds. */
export interface ReplicaRules {
  readonly selector: ParsedLabelSelector | undefined;
  /** True: the status counts pods that are being deleted. */
  readonly countsTerminating: boolean;
  /** Reads the object from the server. */
  readonly refresh: () => Promise<Claimer>;
  readonly writeStatus: (status: ReplicaStatus) => Promise<unknown>;
  /** Returns the pods that share the work, such as those of another ReplicaSet of the same Deployment. */
  readonly relatedPods: () => readonly CachedPod[];
}
