import type { Clock, Timer } from '../../util/clock.js';
import { Heap } from '../heap.js';
import type { ClusterEvent } from './cluster-event.js';
import type { PodInfo } from './pod-info.js';

const initialBackoffMs = 1000;
const maxBackoffMs = 10_000;
/** A pod that waits for so long is tried again whatever happened. */
const longestWaitMs = 300_000;
const flushEveryMs = 30_000;

/** A pod in the queue. */
export interface QueuedPod {
  pod: PodInfo;
  /** When it came into the queue it is in, on the monotonic clock. */
  since: number;
  /** When it was first tried. */
  firstAttempt: number | undefined;
  attempts: number;
  /** The number of times it fitted nowhere. */
  rejected: number;
  /** The number of errors in a row. */
  errors: number;
  backoffUntil: number;
  /** The plugins that rejected it last. None: any event may help. */
  plugins: ReadonlySet<string>;
}

/** Where a pod waits, in the words of kube-scheduler's metrics. */
export type QueueName = 'active' | 'backoff' | 'unschedulable' | 'gated';

/** The options of a queue. */
export interface SchedulingQueueOptions {
  readonly clock: Clock;
  /** Tells whether an event may help a pod that a plugin rejected. */
  readonly mayHelp: (plugin: string, event: ClusterEvent, pod: PodInfo) => boolean;
  /** Called when a pod becomes ready to be tried. */
  readonly onReady: () => void;
  /** Called when a pod comes into a queue. */
  readonly onIncoming: (queue: QueueName, event: string) => void;
}

/**
 * The pods that wait for a node. Those that can be tried are in the active queue, by priority and then by age. A pod that fits
 * nowhere waits until an event may help it, and at least as long as its back-off, which doubles from one second to ten.
 */
export class SchedulingQueue {
  readonly #options: SchedulingQueueOptions;
  readonly #active = new Heap<QueuedPod>(uidOf, isMoreUrgent);
  readonly #backoff = new Heap<QueuedPod>(uidOf, (a, b) => a.backoffUntil < b.backoffUntil);
  readonly #unschedulable = new Map<string, QueuedPod>();
  readonly #gated = new Map<string, QueuedPod>();
  readonly #held = new Map<string, 'held' | 'helped'>();
  #timer: Timer | undefined;
  #flush: Timer | undefined;
  #closed = false;

  constructor(options: SchedulingQueueOptions) {
    this.#options = options;
    this.#flushLater();
  }

  /** Returns the number of pods in a queue. */
  size(queue: QueueName): number {
    const queues = {
      active: this.#active,
      backoff: this.#backoff,
      unschedulable: this.#unschedulable,
      gated: this.#gated,
    };
    return queues[queue].size;
  }

  /** The pods that fit nowhere, with the plugins that rejected them. */
  get unschedulable(): Iterable<QueuedPod> {
    return this.#unschedulable.values();
  }

  /** Adds a pod that is new. */
  add(pod: PodInfo): void {
    const queued: QueuedPod = {
      pod,
      since: this.#options.clock.monotonic(),
      firstAttempt: undefined,
      attempts: 0,
      rejected: 0,
      errors: 0,
      backoffUntil: 0,
      plugins: new Set(),
    };
    this.#admit(queued, 'PodAdd');
  }

  /** Takes in a new state of a waiting pod. */
  update(pod: PodInfo, isRelevant: boolean): void {
    const waiting = this.#active.get(pod.uid) ?? this.#backoff.get(pod.uid);
    if (waiting !== undefined) {
      const moved = waiting.pod.priority !== pod.priority;
      waiting.pod = pod;
      if (moved && this.#active.delete(pod.uid)) this.#active.push(waiting);
      return;
    }
    const gated = this.#gated.get(pod.uid);
    if (gated !== undefined) {
      gated.pod = pod;
      if (pod.schedulingGates.length > 0) return;
      this.#gated.delete(pod.uid);
      this.#admit(gated, 'PodUpdate');
      return;
    }
    const queued = this.#unschedulable.get(pod.uid);
    if (queued === undefined) return;
    const old = queued.pod;
    queued.pod = pod;
    if (isRelevant && this.#isHelped(queued, { type: 'UnscheduledPodUpdate', pod, old }))
      this.#retry(queued, 'PodUpdate');
  }

  /** Removes a pod. */
  delete(uid: string): void {
    this.#active.delete(uid);
    this.#backoff.delete(uid);
    this.#unschedulable.delete(uid);
    this.#gated.delete(uid);
    this.#held.delete(uid);
  }

  /** Returns the most urgent pod, or undefined if there is none to try. With nothing else to do, back-offs are cut short. */
  pop(): QueuedPod | undefined {
    let queued = this.#active.pop();
    if (queued === undefined && this.#backoff.peek()?.errors === 0) queued = this.#backoff.pop();
    if (queued === undefined) return undefined;
    queued.attempts++;
    queued.firstAttempt ??= this.#options.clock.monotonic();
    return queued;
  }

  /** Takes back a pod that fits on no node. `plugins` rejected it. */
  putUnschedulable(queued: QueuedPod, plugins: ReadonlySet<string>): void {
    queued.plugins = plugins;
    queued.rejected++;
    queued.errors = 0;
    this.#setBackoff(queued, queued.rejected);
    this.#put('unschedulable', queued, 'ScheduleAttemptFailure');
  }

  /** Takes back a pod that could not be scheduled because something went wrong. */
  putFailed(queued: QueuedPod): void {
    queued.plugins = new Set();
    queued.errors++;
    this.#setBackoff(queued, queued.errors);
    this.#put('backoff', queued, 'ScheduleAttemptFailure');
  }

  /** Moves the pods that an event may help. */
  notify(event: ClusterEvent): void {
    for (const queued of [...this.#unschedulable.values()]) {
      if (this.#isHelped(queued, event)) this.#retry(queued, event.type);
    }
  }

  /** Keeps a pod from being tried until `release`, whatever happens. */
  hold(uid: string): void {
    this.#held.set(uid, 'held');
  }

  /** Lets a held pod be tried again: at once if `force` is set or an event that may help it came meanwhile. */
  release(uid: string, force: boolean): void {
    const isHelped = this.#held.get(uid) === 'helped';
    this.#held.delete(uid);
    const queued = this.#unschedulable.get(uid);
    if (queued !== undefined && (force || isHelped)) this.#retry(queued, 'ForceActivate');
  }

  /** Ends the timers. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#flush?.cancel();
  }

  #isHelped({ plugins, pod }: QueuedPod, event: ClusterEvent): boolean {
    if (plugins.size === 0 || event.type === 'UnschedulableTimeout') return true;
    for (const plugin of plugins) if (this.#options.mayHelp(plugin, event, pod)) return true;
    return false;
  }

  #admit(queued: QueuedPod, event: string): void {
    if (queued.pod.schedulingGates.length > 0) {
      this.#put('gated', queued, event);
      return;
    }
    const isBackingOff = queued.backoffUntil > this.#options.clock.monotonic();
    this.#put(isBackingOff ? 'backoff' : 'active', queued, event);
  }

  #retry(queued: QueuedPod, event: string): void {
    if (this.#held.has(queued.pod.uid)) {
      this.#held.set(queued.pod.uid, 'helped');
      return;
    }
    this.#unschedulable.delete(queued.pod.uid);
    this.#admit(queued, event);
  }

  #put(queue: QueueName, queued: QueuedPod, event: string): void {
    queued.since = this.#options.clock.monotonic();
    if (queue === 'active') this.#active.push(queued);
    else if (queue === 'backoff') this.#backoff.push(queued);
    else (queue === 'gated' ? this.#gated : this.#unschedulable).set(queued.pod.uid, queued);
    this.#options.onIncoming(queue, event);
    if (queue === 'active' || (queue === 'backoff' && queued.errors === 0)) this.#options.onReady();
    if (queue === 'backoff') this.#wake();
  }

  #setBackoff(queued: QueuedPod, times: number): void {
    const delay = Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(times - 1, 10));
    queued.backoffUntil = this.#options.clock.monotonic() + delay;
  }

  /** Sets the timer for the first back-off to end. */
  #wake(): void {
    this.#timer?.cancel();
    const first = this.#backoff.peek();
    if (first === undefined || this.#closed) return;
    const { clock } = this.#options;
    this.#timer = clock.setTimer(Math.max(0, first.backoffUntil - clock.monotonic()), () => {
      const now = clock.monotonic();
      for (
        let next = this.#backoff.peek();
        next !== undefined && next.backoffUntil <= now;
        next = this.#backoff.peek()
      ) {
        this.#backoff.pop();
        this.#put('active', next, 'BackoffComplete');
      }
      this.#wake();
    });
  }

  #flushLater(): void {
    const { clock } = this.#options;
    this.#flush = clock.setTimer(flushEveryMs, () => {
      const now = clock.monotonic();
      for (const queued of [...this.#unschedulable.values()]) {
        if (now - queued.since > longestWaitMs) this.#retry(queued, 'UnschedulableTimeout');
      }
      this.#flushLater();
    });
  }
}

function uidOf({ pod }: QueuedPod): string {
  return pod.uid;
}

function isMoreUrgent(a: QueuedPod, b: QueuedPod): boolean {
  return a.pod.priority === b.pod.priority ? a.since < b.since : a.pod.priority > b.pod.priority;
}
