import { LRUCache } from 'lru-cache';
import type { Queuing } from './priority-level.js';
import { dealHand } from './shuffle-sharding.js';

/** A request is expected to run for so many milliseconds. What it really took is settled when it ends. */
const expectedMs = 3;

/** A queue with requests that run or wait. Queues without requests are not kept. */
interface Queue {
  readonly index: number;
  readonly waiting: Set<QueuedRequest>;
  running: number;
  /** The virtual time at which its next request begins. */
  nextDispatch: number;
}

/** A request that runs or waits. */
export interface QueuedRequest {
  readonly queue: Queue | undefined;
  /** The virtual time at which it came. */
  readonly arrival: number;
  /** When it began to run, in milliseconds; undefined while it waits. */
  started: number | undefined;
  /** Called once, when a request that had to wait may run. */
  run: () => void;
}

/**
 * The requests of one priority level. Those that cannot run wait in queues, and are dispatched by fair queuing: the queue that
 * has had the least of the seats comes first. Times are in milliseconds.
 */
export class QueueSet {
  /** Requests that may run at a time. One may always run. */
  limit = 0;
  running = 0;
  waiting = 0;
  queuing: Queuing | undefined;
  readonly #queues = new Map<number, Queue>();
  readonly #hands = new LRUCache<string, readonly number[]>({ max: 1_000 });
  /** Grows with the share of each queue that has requests, as if all ran at the same time. */
  #virtualTime = 0;
  #synced = 0;
  /** Requests that run or wait in queues. */
  #queued = 0;
  #arrivals = 0;
  #lastIndex = -1;

  /** The number of queues with requests. */
  get activeQueues(): number {
    return this.#queues.size;
  }

  /** True when one more request may run. */
  get hasSeat(): boolean {
    return this.running < Math.max(1, this.limit);
  }

  configure(queuing: Queuing | undefined): void {
    if (this.queuing?.queues !== queuing?.queues || this.queuing?.handSize !== queuing?.handSize) this.#hands.clear();
    this.queuing = queuing;
  }

  /** Adds a request, which runs at once if `started` is set in the result. Returns undefined when the request is rejected. */
  add(flow: string, now: number): QueuedRequest | undefined {
    if (this.queuing === undefined) return this.hasSeat ? this.#begin(undefined, now) : undefined;
    this.#sync(now);
    const queue = this.#queueOf(flow, this.queuing);
    if (this.waiting === 0 && this.hasSeat) {
      this.#queued++;
      return this.#begin(queue, now);
    }
    if (!this.hasSeat && queue.waiting.size >= this.queuing.queueLengthLimit) {
      this.#dropIfIdle(queue);
      return undefined;
    }
    const request: QueuedRequest = { queue, arrival: this.#virtualTime, started: undefined, run: () => {} };
    queue.waiting.add(request);
    this.waiting++;
    this.#queued++;
    this.#bound(queue);
    this.dispatch(now);
    return request;
  }

  /** Removes a request that has ended, or that does not want to wait any longer, and runs what may run now. */
  remove(request: QueuedRequest, now: number): void {
    const { queue, started } = request;
    this.#sync(now);
    if (queue !== undefined) this.#queued--;
    if (started === undefined) {
      queue?.waiting.delete(request);
      this.waiting--;
    } else {
      this.running--;
      if (queue !== undefined) {
        queue.running--;
        queue.nextDispatch += now - started - expectedMs;
      }
    }
    if (queue !== undefined) {
      this.#bound(queue);
      this.#dropIfIdle(queue);
    }
    this.dispatch(now);
  }

  /** Runs the requests that may run now. */
  dispatch(now: number): void {
    while (this.waiting > 0 && this.hasSeat) {
      const queue = this.#nextQueue();
      const [request] = queue?.waiting ?? [];
      if (queue === undefined || request === undefined) return;
      queue.waiting.delete(request);
      this.waiting--;
      this.#start(queue, now);
      this.#bound(queue);
      request.started = now;
      request.run();
    }
  }

  #begin(queue: Queue | undefined, now: number): QueuedRequest {
    this.#start(queue, now);
    return { queue, arrival: this.#virtualTime, started: now, run: () => {} };
  }

  #start(queue: Queue | undefined, now: number): void {
    this.running++;
    if (queue === undefined) return;
    this.#sync(now);
    queue.running++;
    queue.nextDispatch += expectedMs;
    this.#lastIndex = queue.index;
  }

  /** Chooses the queue of the flow's hand with the fewest waiting requests. */
  #queueOf(flow: string, { queues, handSize }: Queuing): Queue {
    let hand = this.#hands.get(flow);
    if (hand === undefined) {
      hand = dealHand(flow, queues, handSize);
      this.#hands.set(flow, hand);
    }
    // Flows with queues in common begin their search at different ones.
    const first = this.#arrivals++ % hand.length;
    let best = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (let step = 0; step < hand.length && fewest > 0; step++) {
      const index = hand[(first + step) % hand.length] ?? 0;
      const waiting = this.#queues.get(index)?.waiting.size ?? 0;
      if (waiting >= fewest) continue;
      fewest = waiting;
      best = index;
    }
    const found = this.#queues.get(best);
    if (found !== undefined) return found;
    const queue: Queue = { index: best, waiting: new Set(), running: 0, nextDispatch: this.#virtualTime };
    this.#queues.set(best, queue);
    return queue;
  }

  /** Of queues that are due at the same time, the one after the last dispatched queue comes first. */
  #nextQueue(): Queue | undefined {
    let next: Queue | undefined;
    for (const queue of this.#queues.values()) {
      if (queue.waiting.size === 0) continue;
      if (next === undefined || queue.nextDispatch < next.nextDispatch) next = queue;
      else if (queue.nextDispatch === next.nextDispatch && this.#distance(queue) < this.#distance(next)) next = queue;
    }
    return next;
  }

  #distance({ index }: Queue): number {
    return index > this.#lastIndex ? index : index + Number.MAX_SAFE_INTEGER / 2;
  }

  /** A queue cannot save up the seats that it did not need: its next request does not begin before it came. */
  #bound(queue: Queue): void {
    const [oldest] = queue.waiting;
    if (oldest !== undefined && queue.nextDispatch < oldest.arrival) queue.nextDispatch = oldest.arrival;
  }

  #dropIfIdle(queue: Queue): void {
    if (queue.running === 0 && queue.waiting.size === 0) this.#queues.delete(queue.index);
  }

  #sync(now: number): void {
    const passed = now - this.#synced;
    this.#synced = now;
    if (this.#queues.size > 0) this.#virtualTime += (passed * Math.min(this.#queued, this.limit)) / this.#queues.size;
  }
}
