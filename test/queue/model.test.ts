import { FakeClock } from 'keelson/testing';
import { expect, inject, test } from 'vitest';
import { WorkQueue } from '../../src/queue/index.js';
import { type Random, seededRandom } from '../../src/util/random.js';

const SCHEDULES = 300;
const STEPS = 400;
const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const PRIORITIES = [0, 0, 0, -100, -100, 7];

interface Entry {
  item: string;
  priority: number;
  /** When it began to wait. */
  since: number;
  /** When it took its place among those of its priority. */
  place: number;
}

/** The specification of the queue in its simplest form: lists that are searched from one end to the other. */
class Specification {
  waiting: Entry[] = [];
  working: string[] = [];
  again: Entry[] = [];
  delayed: { item: string; due: number; priority: number; order: number }[] = [];
  adds = 0;
  turns = 0;
  closed = false;
  #place = 0;

  add(item: string, priority: number, now: number): void {
    if (this.closed) return;
    const list = this.working.includes(item) ? this.again : this.waiting;
    const known = list.find((entry) => entry.item === item);
    if (known === undefined) {
      this.adds++;
      list.push({ item, priority, since: now, place: this.#place++ });
    } else if (priority > known.priority) {
      known.priority = priority;
      known.place = this.#place++;
    }
  }

  addAfter(item: string, ms: number, priority: number, now: number): void {
    if (this.closed) return;
    if (ms <= 0) {
      this.add(item, priority, now);
      return;
    }
    const known = this.delayed.find((entry) => entry.item === item);
    if (known === undefined) this.delayed.push({ item, due: now + ms, priority, order: this.#place++ });
    else {
      known.due = Math.min(known.due, now + ms);
      known.priority = Math.max(known.priority, priority);
    }
  }

  /** Lets time pass; `added` is called after each item that comes. */
  expire(from: number, to: number, added: () => void): void {
    const due = this.delayed.filter((entry) => entry.due > from && entry.due <= to);
    this.delayed = this.delayed.filter((entry) => !due.includes(entry));
    due.sort((a, b) => a.due - b.due || a.order - b.order);
    for (const { item, priority, due: at } of due) {
      this.add(item, priority, at);
      added();
    }
  }

  get(now: number): string | undefined {
    const byPlace = [...this.waiting].sort((a, b) => b.priority - a.priority || a.place - b.place);
    let next = byPlace[0];
    if (next === undefined) return undefined;
    const { priority } = next;
    const first = new Map<number, Entry>();
    for (const entry of byPlace) if (!first.has(entry.priority)) first.set(entry.priority, entry);
    const lower = [...first.values()].filter((entry) => entry.priority < priority);
    if (lower.length > 0 && ++this.turns >= 8) {
      const oldest = lower.reduce((a, b) => (b.since < a.since ? b : a));
      if (now - oldest.since >= 1000) {
        this.turns = 0;
        next = oldest;
      }
    }
    this.waiting = this.waiting.filter((entry) => entry !== next);
    this.working.push(next.item);
    return next.item;
  }

  done(item: string): void {
    this.working = this.working.filter((other) => other !== item);
    const again = this.again.find((entry) => entry.item === item);
    if (again === undefined) return;
    this.again = this.again.filter((entry) => entry !== again);
    this.waiting.push({ ...again, place: this.#place++ });
  }
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

async function runSchedule(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const clock = new FakeClock();
  const queue = new WorkQueue<string>({ clock });
  const model = new Specification();
  /** Those who wait for an item, and what they got. */
  const getters: { got?: string | undefined; settled: boolean; expected?: string | undefined }[] = [];
  let drained = false;
  const trail: string[] = [`seed ${seed}`];

  const handOut = (now: number) => {
    for (const getter of getters) {
      if (getter.expected !== undefined) continue;
      const item = model.get(now);
      if (item === undefined) return;
      getter.expected = item;
    }
  };
  const same = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) expect.fail(`${what}: ${actual}, expected ${expected}, after\n${trail.join('\n')}`);
  };
  const say = (text: string) => {
    trail.push(text);
    if (trail.length > 40) trail.splice(1, 1);
  };

  for (let step = 0; step < STEPS; step++) {
    const item = pick(random, ITEMS);
    const priority = pick(random, PRIORITIES);
    const action = random();
    if (action < 0.4) {
      say(`add ${item} ${priority}`);
      queue.add(item, { priority });
      model.add(item, priority, clock.now());
    } else if (action < 0.5) {
      const ms = pick(random, [-1, 0, 1, 5, 100, 700, 3000]);
      say(`addAfter ${item} ${ms} ${priority}`);
      queue.addAfter(item, ms, { priority });
      model.addAfter(item, ms, priority, clock.now());
    } else if (action < 0.53) {
      say(`cancel ${item}`);
      const waited = model.delayed.some((entry) => entry.item === item);
      model.delayed = model.delayed.filter((entry) => entry.item !== item);
      same('cancelDelayed', queue.cancelDelayed(item), waited);
    } else if (action < 0.7 && getters.length < 3) {
      say('get');
      const getter: (typeof getters)[number] = { settled: false };
      getters.push(getter);
      queue.get().then((got) => {
        getter.got = got;
        getter.settled = true;
      });
    } else if (action < 0.88 && model.working.length > 0) {
      const finished = pick(random, model.working);
      say(`done ${finished}`);
      queue.done(finished);
      model.done(finished);
    } else if (action < 0.998) {
      const ms = pick(random, [1, 10, 400, 1500]);
      say(`advance ${ms}`);
      // Whoever waits takes what falls due at the moment it does: from one such moment to the next.
      for (let left = ms; left > 0; ) {
        const now = clock.now();
        const hop = Math.min(left, ...model.delayed.map(({ due }) => due - now));
        model.expire(now, now + hop, () => handOut(now + hop));
        await clock.advance(hop);
        left -= hop;
      }
    } else if (!model.closed) {
      say('drain');
      model.closed = true;
      model.delayed = [];
      queue.drain().then(() => {
        drained = true;
      });
    }
    handOut(clock.now());
    await Promise.resolve();
    await Promise.resolve();

    for (const getter of getters.splice(0)) {
      if (getter.expected !== undefined) same('handed out', getter.got, getter.expected);
      else if (!model.closed) same('got nothing', getter.settled, false);
      if (!getter.settled) getters.push(getter);
    }
    same('length', queue.length, model.waiting.length);
    same('working', queue.working, model.working.length);
    same('delayed', queue.delayed, model.delayed.length);
    const over = model.closed && model.waiting.length + model.again.length === 0;
    if (over) same('still waiting for an item', getters.length, 0);
    same('drained', drained, over && model.working.length === 0);
    if (drained) return;
  }
}

test(`${SCHEDULES} random schedules go as a specification of plain lists says`, async () => {
  const seed = inject('seed');
  for (let schedule = 0; schedule < SCHEDULES; schedule++) await runSchedule(seed + schedule);
});
