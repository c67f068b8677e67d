import { findCondition, formatTime, parseTime } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';
import type { CachedPod } from '../pods/pod-state.js';
import type { CachedService } from './service-pods.js';

interface Known {
  readonly service: number;
  readonly pods: ReadonlyMap<string, number>;
}

/**
 * Remembers when the pods of each Service last became ready or unready. The earliest change that a reconcile answers goes into the
 * annotation `endpoints.kubernetes.io/last-change-trigger-time`, from which the delay of the network can be measured.
 */
export class TriggerTimes {
  readonly #known = new Map<string, Known>();

  /** Returns the time of the earliest change since the last call for this Service, or undefined when nothing changed. */
  next(key: string, service: CachedService, pods: readonly CachedPod[]): string | undefined {
    const before = this.#known.get(key);
    const created = parseTime(service.metadata.creationTimestamp);
    const times = new Map<string, number>();
    const changes: number[] = before?.service === created ? [] : [created];
    for (const pod of pods) {
      const time = timeOf(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime);
      if (time === undefined) continue;
      const { name, namespace } = pod.metadata;
      const podKey = `${namespace}/${name}`;
      times.set(podKey, time);
      const last = before?.pods.get(podKey);
      if (before === undefined || last === undefined || time > last) changes.push(time);
    }
    this.#known.set(key, { service: created, pods: times });
    return changes.length === 0 ? undefined : formatTime(Math.min(...changes));
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
