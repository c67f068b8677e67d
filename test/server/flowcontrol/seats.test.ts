import { describe, expect, inject, it } from 'vitest';
import type { LevelSpec } from '../../../src/server/flowcontrol/priority-level.js';
import { RetryAfter } from '../../../src/server/flowcontrol/retry-after.js';
import { allocateSeats } from '../../../src/server/flowcontrol/seat-allocation.js';
import { SeatDemand } from '../../../src/server/flowcontrol/seat-demand.js';
import { Seats } from '../../../src/server/flowcontrol/seats.js';
import { dealHand } from '../../../src/server/flowcontrol/shuffle-sharding.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { type Random, seededRandom } from '../../../src/util/random.js';

const seed = inject('seed');
const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));

const level = (name: string, changed: Partial<LevelSpec> = {}): LevelSpec => ({
  name,
  uid: name,
  exempt: false,
  shares: 10,
  lendablePercent: 0,
  borrowingLimitPercent: undefined,
  queuing: { queues: 8, handSize: 2, queueLengthLimit: 5 },
  ...changed,
});

/** Requests of a test, by the order in which they run. */
class Requests {
  readonly clock = new FakeClock();
  readonly seats: Seats;
  readonly running: { flow: string; level: string; end: () => void }[] = [];
  /** Flows in the order in which their requests began. */
  readonly began: string[] = [];
  readonly waiting = new Set<AbortController>();
  rejected = 0;

  constructor(total: number, specs: readonly LevelSpec[]) {
    this.seats = new Seats(this.clock, total);
    this.seats.configure(specs);
  }

  add(name: string, flow: string): void {
    const gone = new AbortController();
    const taken = this.seats.take({ level: name, schema: name, flow, signal: () => gone.signal });
    const settle = (end: (() => void) | undefined): void => {
      this.waiting.delete(gone);
      if (end === undefined) this.rejected++;
      else {
        this.running.push({ flow, level: name, end });
        this.began.push(flow);
      }
    };
    if (taken instanceof Promise) {
      this.waiting.add(gone);
      void taken.then(settle);
    } else settle(taken);
  }

  addMany(count: number, name: string, flow: string): void {
    for (let added = 0; added < count; added++) this.add(name, flow);
  }

  async end(index: number): Promise<void> {
    this.running.splice(index, 1)[0]?.end();
    await this.clock.advance(0);
  }

  limit(name: string): number {
    return this.seats.levels.get(name)?.queues.limit ?? 0;
  }
}

describe('the limits of priority levels', () => {
  it('follow shares, lendablePercent and borrowingLimitPercent', () => {
    const { seats } = new Requests(100, [
      level('a', { shares: 30, lendablePercent: 50, borrowingLimitPercent: 10 }),
      level('b', { shares: 3 }),
      level('exempt', { exempt: true, shares: 0 }),
    ]);
    expect([...seats.levels.values()].map(({ limits }) => limits)).toEqual([
      { nominal: 91, lower: 45, upper: 100 },
      { nominal: 10, lower: 10, upper: 110 },
      { nominal: 0, lower: 0, upper: 100 },
    ]);
  });

  it('move to levels that need seats within ten seconds, and back when their owner needs them', async () => {
    const borrower = level('borrower', {
      lendablePercent: 90,
      queuing: { queues: 8, handSize: 2, queueLengthLimit: 50 },
    });
    const requests = new Requests(20, [borrower, level('lender', { lendablePercent: 50 })]);
    requests.addMany(20, 'borrower', 'x');
    await requests.clock.advance(10_000);
    expect(requests.limit('borrower')).toBe(15);
    expect(requests.running.length).toBe(15);
    requests.addMany(8, 'lender', 'y');
    const ofLender = () => requests.running.filter((one) => one.level === 'lender').length;
    expect(ofLender()).toBe(5);
    await requests.clock.advance(10_000);
    expect(requests.limit('lender')).toBeGreaterThanOrEqual(8);
    expect(ofLender()).toBe(8);
    while (requests.running.length > 0) await requests.end(0);
    await requests.clock.advance(20_000);
    expect(requests.clock.pending).toBe(0);
  });

  it('shrink by what exempt requests use', async () => {
    const exempt = level('exempt', { exempt: true, shares: 0, queuing: undefined });
    const requests = new Requests(20, [
      exempt,
      level('a', { lendablePercent: 50 }),
      level('b', { lendablePercent: 50 }),
    ]);
    requests.addMany(15, 'exempt', '');
    requests.addMany(11, 'a', 'x');
    await requests.clock.advance(10_000);
    // 20 seats less 15 are fewer than the 10 that the levels keep.
    expect([requests.limit('a'), requests.limit('b')]).toEqual([5, 5]);
  });

  it('divide seats in proportion to demand, for random claims', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 2_000; round++) {
      const claims = Array.from({ length: 1 + upTo(random, 8) }, () => {
        const target = random() < 0.1 ? 0 : random() * 100;
        const lower = target * random() * (random() < 0.3 ? 0 : 1);
        return { target, lower, upper: lower + random() * 100 };
      });
      const seats = upTo(random, 300);
      const result = allocateSeats(seats, claims);
      const bounds = (key: 'lower' | 'upper') => claims.reduce((sum, claim) => sum + claim[key], 0);
      const isPossible = bounds('lower') <= seats && seats <= bounds('upper');
      expect(result !== undefined, `seed ${seed}, round ${round}`).toBe(isPossible);
      if (result === undefined) continue;
      expect(result.reduce((sum, one) => sum + one, 0)).toBeCloseTo(seats, 4);
      // All shares between their bounds are the same multiple of their targets; the others would go beyond a bound with it.
      const ratio = (index: number): number => (result[index] ?? 0) / Math.max(claims[index]?.target ?? 0, 0.001);
      const free = claims.flatMap(({ lower, upper }, index) => {
        const got = result[index] ?? Number.NaN;
        expect(got).toBeGreaterThanOrEqual(lower - 1e-6);
        expect(got).toBeLessThanOrEqual(upper + 1e-6);
        return got > lower + 1e-6 && got < upper - 1e-6 ? [ratio(index)] : [];
      });
      const [multiple] = free;
      if (multiple === undefined) continue;
      for (const one of free) expect(one).toBeCloseTo(multiple, 4);
      claims.forEach(({ lower, upper }, index) => {
        if ((result[index] ?? 0) <= lower + 1e-6) expect(ratio(index)).toBeGreaterThanOrEqual(multiple - 1e-4);
        if ((result[index] ?? 0) >= upper - 1e-6) expect(ratio(index)).toBeLessThanOrEqual(multiple + 1e-4);
      });
    }
  });

  it('smooth demand: a rise counts at once, a fall is half forgotten after five minutes', () => {
    const demand = new SeatDemand(0);
    demand.set(100, 0);
    demand.settle(10_000);
    expect([demand.highWatermark, demand.smoothed]).toEqual([100, 100]);
    demand.set(0, 10_000);
    demand.settle(20_000);
    expect(demand.highWatermark).toBe(100);
    demand.settle(320_000);
    expect(demand.highWatermark).toBe(0);
    expect(demand.smoothed).toBeGreaterThan(47);
    expect(demand.smoothed).toBeLessThan(52);
  });
});

describe('the queues of a priority level', () => {
  it('are dealt to flows: always the same, all different, and spread over all queues', () => {
    const used = new Set<number>();
    for (let flow = 0; flow < 500; flow++) {
      const hand = dealHand(`flow-${flow}`, 64, 6);
      expect(hand).toEqual(dealHand(`flow-${flow}`, 64, 6));
      expect(new Set(hand).size).toBe(6);
      for (const card of hand) used.add(card);
    }
    expect([...used].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, index) => index));
    expect([...dealHand('x', 5, 5)].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('take handSize times queueLengthLimit requests of one flow and reject more', async () => {
    const requests = new Requests(2, [level('a')]);
    requests.addMany(30, 'a', 'heavy');
    await requests.clock.advance(0);
    expect([requests.running.length, requests.waiting.size, requests.rejected]).toEqual([2, 10, 18]);
  });

  it('let a light flow pass a heavy one', async () => {
    const queuing = { queues: 64, handSize: 1, queueLengthLimit: 100 };
    const requests = new Requests(2, [level('a', { queuing })]);
    requests.addMany(40, 'a', 'heavy');
    await requests.clock.advance(5);
    requests.addMany(5, 'a', 'light');
    for (let ended = 0; ended < 14; ended++) {
      await requests.clock.advance(3);
      await requests.end(0);
    }
    expect(requests.began.slice(2, 14).filter((flow) => flow === 'light').length).toBe(5);
  });

  it('reject a request that has waited for 15 seconds, and one whose client has gone', async () => {
    const requests = new Requests(1, [level('a')]);
    requests.addMany(3, 'a', 'x');
    [...requests.waiting][0]?.abort();
    await requests.clock.advance(14_999);
    expect(requests.rejected).toBe(1);
    await requests.clock.advance(1);
    expect([requests.rejected, requests.waiting.size]).toEqual([2, 0]);
    expect(requests.seats.levels.get('a')?.counts.get('a')?.rejected.get('time-out')).toBe(2);
  });

  it('drain when their level is deleted', async () => {
    const requests = new Requests(2, [level('a'), level('b')]);
    requests.addMany(4, 'a', 'x');
    requests.seats.configure([level('b')]);
    while (requests.running.length > 0) await requests.end(0);
    expect(requests.began.length).toBe(4);
    expect([...requests.seats.levels.keys()]).toEqual(['b']);
  });

  it('keep their promises under random requests, cancellations and changes of configuration', async () => {
    for (let schedule = 0; schedule < 60; schedule++) {
      const random = seededRandom(seed + schedule);
      const randomLevels = (): LevelSpec[] =>
        ['a', 'b', 'c', 'd'].map((name) => {
          const queues = 1 + upTo(random, 7);
          const queuing = { queues, handSize: 1 + upTo(random, queues - 1), queueLengthLimit: 1 + upTo(random, 5) };
          return level(name, {
            shares: upTo(random, 20),
            lendablePercent: upTo(random, 100),
            borrowingLimitPercent: random() < 0.5 ? undefined : upTo(random, 300),
            queuing: name === 'c' ? undefined : queuing,
            exempt: name === 'd',
          });
        });
      let specs = randomLevels();
      const requests = new Requests(1 + upTo(random, 20), specs);
      let added = 0;
      for (let step = 0; step < 300; step++) {
        const action = random();
        if (action < 0.5) {
          requests.add(['a', 'b', 'c', 'd'][upTo(random, 3)] ?? '', `flow-${upTo(random, 5)}`);
          added++;
        } else if (action < 0.8) await requests.end(upTo(random, requests.running.length - 1));
        else if (action < 0.85) [...requests.waiting][upTo(random, requests.waiting.size - 1)]?.abort();
        else if (action < 0.99) await requests.clock.advance(upTo(random, 4_000));
        else {
          specs = randomLevels();
          requests.seats.configure(specs);
        }
        await requests.clock.advance(0);
        const about = `seed ${seed + schedule}, step ${step}`;
        for (const { spec, queues, limits } of requests.seats.levels.values()) {
          const running = requests.running.filter((one) => one.level === spec.name).length;
          expect(queues.running, about).toBe(running);
          if (spec.exempt) continue;
          expect(queues.waiting > 0 && queues.hasSeat, about).toBe(false);
          expect(queues.limit, about).toBeLessThanOrEqual(limits.upper);
          expect(queues.limit, about).toBeGreaterThanOrEqual(limits.lower);
        }
      }
      while (requests.running.length > 0) await requests.end(0);
      expect(requests.waiting.size, `seed ${seed + schedule}`).toBe(0);
      expect(requests.began.length + requests.rejected, `seed ${seed + schedule}`).toBe(added);
      await requests.clock.advance(30_000);
      expect(requests.clock.pending, `seed ${seed + schedule}`).toBe(0);
    }
  });
});

describe('Retry-After', () => {
  it('doubles to 32 seconds while requests are rejected, and shrinks when few are', () => {
    const retryAfter = new RetryAfter();
    const values: number[] = [];
    for (let second = 1; second <= 120; second++) {
      for (let request = 0; request < 200; request++) retryAfter.rejected(second * 1_000);
      values.push(retryAfter.rejected(second * 1_000));
    }
    expect([...new Set(values)]).toEqual([1, 2, 4, 8, 16, 32]);
    const later: number[] = [];
    for (let second = 200; second < 320; second += 3) later.push(retryAfter.rejected(second * 1_000));
    expect(later.at(-1)).toBe(1);
  });
});
