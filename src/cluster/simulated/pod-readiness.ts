import { Pod } from '../../../generated/core/v1.js';
import { strategicMergePatch } from '../../client/index.js';
import { isNotFound } from '../../errors/index.js';
import { formatTime } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import type { Limiter } from '../limiter.js';
import type { PodObject } from '../objects.js';

/** Options of `PodReadiness`. */
export interface PodReadinessOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly onError: (error: unknown) => void;
}

/**
 * Makes pods ready again whose node was silent for a while. The node lifecycle controller sets their condition Ready to False, and a
 * kubelet that is back writes what it knows.
 */
export class PodReadiness {
  readonly #options: PodReadinessOptions;

  constructor(options: PodReadinessOptions) {
    this.#options = options;
  }

  /** Reports whether a pod is unready although its containers are ready and its readiness gates are open. */
  isOutdated({ metadata, spec, status }: PodObject): boolean {
    if (metadata.deletionTimestamp !== undefined || status?.phase !== 'Running') return false;
    const is = (wanted: string) => status.conditions?.find(({ type }) => type === wanted)?.status;
    const gates = spec?.readinessGates ?? [];
    return (
      is('Ready') === 'False' &&
      is('ContainersReady') === 'True' &&
      gates.every(({ conditionType }) => is(conditionType) === 'True')
    );
  }

  /** Sets the condition Ready to True. */
  async restore({ metadata: { namespace, name, uid } }: PodObject): Promise<void> {
    const { cluster, clock, limiter, onError } = this.#options;
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(clock.now()) };
    const patch = strategicMergePatch({ metadata: { uid }, status: { conditions: [ready] } });
    try {
      await limiter.run(() => cluster.resource(Pod).in(namespace).subresource('status').patch(name, patch));
    } catch (error) {
      if (!isNotFound(error)) onError(error);
    }
  }
}
