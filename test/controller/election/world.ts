import type { Random } from '../../../src/util/random.js';
import type { MachineClock } from './machine-clock.js';

interface Happening {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Real time, which no process in the simulation can read: what happens when. */
export class World {
  /** The one that runs: for tests that break a rule from outside. */
  static current: World | undefined;
  /** True: times of day stand still, for tests that break the rule that looks at them. */
  wallStopped = false;
  now = 0;
  /** The machine whose code runs. */
  running: MachineClock | undefined;
  readonly #heap: Happening[] = [];
  #order = 0;

  constructor(readonly random: Random) {
    World.current = this;
  }

  /** Makes `fn` happen at this time, or now if that is past. */
  at(due: number, fn: () => void): void {
    const happening = { due: Math.max(due, this.now), order: this.#order++, fn };
    const heap = this.#heap;
    let i = heap.push(happening) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && before(happening, heap[parent]); i = parent, parent = (i - 1) >> 1) {
      heap[i] = heap[parent] ?? happening;
      heap[parent] = happening;
    }
  }

  /** Runs `fn` as that machine, with everything that follows from it without waiting. */
  on(machine: MachineClock, fn: () => void): void {
    this.running = machine;
    fn();
  }

  /** A number between the two. */
  between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** Lets time go on until `end`, asking `check` after everything that happens. */
  async run(end: number, check: () => void): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.due <= end; next = this.#heap[0]) {
      this.#pop();
      this.now = next.due;
      next.fn();
      await new Promise((resolve) => setImmediate(resolve));
      check();
    }
    this.now = end;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const child = right < heap.length && before(heap[right], heap[left]) ? right : left;
      const other = heap[child];
      if (other === undefined || !before(other, last)) break;
      heap[i] = other;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: Happening | undefined, b: Happening | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
