import { NetworkError } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';

/** One state of a rollout. */
export interface RolloutState {
  /** True with the last state: all replicas are updated and available. */
  readonly done: boolean;
  /** The state in words, such as `1 of 3 updated replicas are available`. */
  readonly message: string;
}

/** The fields that tell how far a rollout is. */
interface RolloutObject extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
}

/** Returns the state of a Deployment, StatefulSet or DaemonSet. Throws when its deadline has passed, or it does not exist. */
export function rolloutState(object: KubeObject | undefined): RolloutState {
  if (object === undefined) throw new NetworkError('cannot follow the rollout: the object does not exist');
  const { metadata, spec = {}, status = {} }: RolloutObject = object;
  const waiting = (message: string) => ({ done: false, message });
  if ((metadata?.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting('the controller has not seen it yet');
  if (status.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')) {
    throw new NetworkError(`the rollout of ${object.kind} ${metadata?.name} exceeded its progress deadline`);
  }
  const isDaemonSet = status.desiredNumberScheduled !== undefined;
  const wanted = isDaemonSet ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const updated = (isDaemonSet ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available = (isDaemonSet ? status.numberAvailable : (status.availableReplicas ?? status.readyReplicas)) ?? 0;
  if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are updated`);
  const old = isDaemonSet ? 0 : (status.replicas ?? 0) - updated;
  if (old > 0) return waiting(`${old} old replicas are ending`);
  if (available < wanted) return waiting(`${available} of ${wanted} updated replicas are available`);
  return { done: true, message: `all ${wanted} replicas are updated and available` };
}
