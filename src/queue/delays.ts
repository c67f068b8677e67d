import { type Clock, systemClock, type Timer } from '../util/clock.js';

interface Delayed<T> {
  readonly item: T;
  due: number;
  priority: number;
  /** Among those of one time, first come, first served. */
  readonly order: number;
  /** Its place in the heap. */
  at: number;
}

/**
 * Items that wait for their time: a heap with one timer for the earliest. An item is in it once, with the earliest time and the highest
 * priority asked for.
 */
export class Delays<T> {
  readonly #clock: Clock;
  readonly #fire: (item: T, priority: number) => void;
  readonly #heap: Delayed<T>[] = [];
  readonly #byItem = new Map<T, Delayed<T>>();
  #order = 0;
  #timer: Timer | undefined;
  /** When the timer is to fire. */
  #armedFor = Number.POSITIVE_INFINITY;

  /** `fire` is called with each item when its time has come. */
  constructor(fire: (item: T, priority: number) => void, clock: Clock = systemClock) {
    this.#fire = fire;
    this.#clock = clock;
  }

  /** The number of waiting items. */
  get size(): number {
    return this.#heap.length;
  }

  /** Lets an item wait for `ms` milliseconds; one that waits already, for no longer than that. */
  add(item: T, ms: number, priority: number): void {
    const due = this.#clock.monotonic() + ms;
    const known = this.#byItem.get(item);
    if (known === undefined) {
      const delayed = { item, due, priority, order: this.#order++, at: this.#heap.length };
      this.#byItem.set(item, delayed);
      this.#heap.push(delayed);
      this.#rise(delayed);
    } else {
      known.priority = Math.max(known.priority, priority);
      if (due >= known.due) return;
      known.due = due;
      this.#rise(known);
    }
    this.#arm();
  }

  /** Takes an item back. Returns whether it waited. */
  cancel(item: T): boolean {
    const known = this.#byItem.get(item);
    if (known === undefined) return false;
    this.#remove(known);
    this.#arm();
    return true;
  }

  /** Takes all back. */
  clear(): void {
    this.#heap.length = 0;
    this.#byItem.clear();
    this.#arm();
  }

  #arm(): void {
    const due = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
    if (due === this.#armedFor) return;
    this.#timer?.cancel();
    this.#armedFor = due;
    this.#timer =
      due === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(due - this.#clock.monotonic(), () => this.#expire());
  }

  #expire(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let first = this.#heap[0]; first !== undefined && first.due <= now; first = this.#heap[0]) {
      this.#remove(first);
      this.#fire(first.item, first.priority);
    }
    this.#arm();
  }

  #remove(delayed: Delayed<T>): void {
    this.#byItem.delete(delayed.item);
    const last = this.#heap.pop();
    if (last === undefined || last === delayed) return;
    this.#place(last, delayed.at);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(delayed: Delayed<T>): void {
    while (delayed.at > 0) {
      const parent = this.#heap[(delayed.at - 1) >> 1];
      if (parent === undefined || isBefore(parent, delayed)) return;
      this.#swap(parent, delayed);
    }
  }

  #sink(delayed: Delayed<T>): void {
    for (;;) {
      const left = this.#heap[2 * delayed.at + 1];
      const right = this.#heap[2 * delayed.at + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(delayed, child)) return;
      this.#swap(delayed, child);
    }
  }

  #swap(upper: Delayed<T>, lower: Delayed<T>): void {
    const { at } = upper;
    this.#place(upper, lower.at);
    this.#place(lower, at);
  }

  #place(delayed: Delayed<T>, at: number): void {
    this.#heap[at] = delayed;
    delayed.at = at;
  }
}

function isBefore(a: Delayed<unknown>, b: Delayed<unknown>): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
