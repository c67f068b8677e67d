import type { Taint } from '../../../generated/core/v1.js';
import type { DeepReadonly } from '../../meta/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { Heap } from '../heap.js';
import type { PodObject } from '../objects.js';
import { tolerates } from '../scheduler/tolerations.js';

interface Eviction {
  readonly key: string;
  readonly pod: PodObject;
  /** When the pod began to be tolerated, and when that ends. */
  readonly since: number;
  readonly due: number;
}

/** Options of taint eviction. */
export interface TaintEvictionOptions {
  readonly clock: Clock;
  readonly evict: (pod: PodObject) => void;
  /** Called when a pod will not be evicted after all. */
  readonly onCancelled: (pod: PodObject) => void;
}

/** Evicts pods from nodes with taints of the effect NoExecute, when their tolerations end. */
export class TaintEviction {
  readonly #options: TaintEvictionOptions;
  readonly #evictions = new Heap<Eviction>(
    ({ key }) => key,
    (a, b) => a.due < b.due,
  );
  #timer: Timer | undefined;

  constructor(options: TaintEvictionOptions) {
    this.#options = options;
  }

  /** Decides on a pod, given the taints of its node. */
  consider(pod: PodObject, taints: readonly DeepReadonly<Taint>[]): void {
    const { uid } = pod.metadata;
    const seconds = toleratedSeconds(pod, taints);
    const planned = this.#evictions.get(uid);
    if (seconds === Number.POSITIVE_INFINITY) {
      this.delete(uid);
      if (planned !== undefined) this.#options.onCancelled(pod);
      return;
    }
    const now = this.#options.clock.monotonic();
    if (seconds <= 0) {
      this.delete(uid);
      this.#options.evict(pod);
      return;
    }
    const since = planned?.since ?? now;
    this.#evictions.push({ key: uid, pod, since, due: since + seconds * 1000 });
    this.#wake();
  }

  /** Forgets a pod. */
  delete(uid: string): void {
    this.#evictions.delete(uid);
  }

  /** Evicts no more. */
  close(): void {
    this.#timer?.cancel();
  }

  #wake(): void {
    this.#timer?.cancel();
    const { clock } = this.#options;
    const first = this.#evictions.peek();
    if (first === undefined) return;
    this.#timer = clock.setTimer(Math.max(0, first.due - clock.monotonic()), () => {
      const now = clock.monotonic();
      for (let next = this.#evictions.peek(); next !== undefined && next.due <= now; next = this.#evictions.peek()) {
        this.#evictions.pop();
        this.#options.evict(next.pod);
      }
      this.#wake();
    });
  }
}

/** Returns for how long a pod tolerates the taints, in seconds: for ever if there are none of the effect NoExecute. */
function toleratedSeconds({ spec }: PodObject, taints: readonly DeepReadonly<Taint>[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    if (taint.effect !== 'NoExecute') continue;
    const tolerating = (spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (tolerating.length === 0) return 0;
    for (const { tolerationSeconds } of tolerating)
      least = Math.min(least, tolerationSeconds ?? Number.POSITIVE_INFINITY);
  }
  return least;
}
