import { FakeClock } from 'keelson/testing';
import { describe, expect, it } from 'vitest';
import { type RateLimiter, WorkQueue, WorkQueueMetrics } from '../../src/queue/index.js';
import { metricText } from '../../src/util/metric.js';

function newQueue(options: { metrics?: WorkQueueMetrics; rateLimiter?: RateLimiter<string> } = {}) {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue<string>({ ...options, name: 'test', clock }) };
}

/** Returns the result of a promise that has settled by now, or `pending`. */
async function now<T>(promise: Promise<T>): Promise<T | 'pending'> {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

describe('a work queue', () => {
  it('hands each item out once, first in first out, however often it was added', async () => {
    const { queue } = newQueue();
    for (const item of ['a', 'b', 'a', 'c', 'a']) queue.add(item);
    expect(queue.length).toBe(3);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(['a', 'b', 'c']);
    expect(await now(queue.get())).toBe('pending');
  });

  it('does not hand out an item that is being worked on; added meanwhile, it comes again once it is done', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect(await queue.get()).toBe('b');
    const next = queue.get();
    expect(await now(next)).toBe('pending');
    queue.done('a');
    expect(await now(next)).toBe('a');
    queue.done('a');
    queue.done('b');
    expect([queue.length, queue.working]).toEqual([0, 0]);
  });

  it('gives an item that comes to the one who has waited longest', async () => {
    const { queue } = newQueue();
    const [first, second] = [queue.get(), queue.get()];
    queue.add('a');
    queue.add('b');
    expect([await first, await second]).toEqual(['a', 'b']);
  });

  it('lets go of one who waits when the signal aborts, with its reason, and loses no item over it', async () => {
    const { queue } = newQueue();
    const controller = new AbortController();
    const waiting = queue.get({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(queue.get({ signal: controller.signal })).rejects.toThrow('enough');
    queue.add('a');
    expect(await queue.get()).toBe('a');
  });

  it('ignores that an item is done that is not out', async () => {
    const { queue } = newQueue();
    queue.add('a');
    queue.done('a');
    expect(queue.length).toBe(1);
    expect(await queue.get()).toBe('a');
  });
});

describe('delayed adds', () => {
  it('come when their time has come, in that order, each item once and at its earliest time', async () => {
    const { queue, clock } = newQueue();
    queue.addAfter('b', 200);
    queue.addAfter('a', 100);
    queue.addAfter('b', 300);
    queue.addAfter('c', 900);
    queue.addAfter('c', 150);
    expect([queue.length, queue.delayed]).toEqual([0, 3]);
    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(101);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(['a', 'c', 'b']);
    await clock.advance(10_000);
    expect([queue.length, queue.delayed, clock.pending]).toEqual([0, 0, 0]);
  });

  it('come at once for no time, and never for Infinity', async () => {
    const { queue, clock } = newQueue();
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    queue.addAfter('c', Number.POSITIVE_INFINITY);
    expect([queue.length, queue.delayed, clock.pending]).toEqual([2, 0, 0]);
  });

  it('can be taken back', async () => {
    const { queue, clock } = newQueue();
    queue.addAfter('a', 100);
    queue.addAfter('b', 200);
    expect([queue.cancelDelayed('a'), queue.cancelDelayed('a')]).toEqual([true, false]);
    await clock.advance(1000);
    expect(await queue.get()).toBe('b');
    expect(queue.length).toBe(0);
  });

  it('come no later because the clock on the wall was set back', async () => {
    const clock = new FakeClock();
    let back = 0;
    const set = { ...bound(clock), now: () => clock.now() - back, monotonic: () => clock.monotonic() };
    const queue = new WorkQueue<string>({ clock: set });
    queue.addAfter('a', 1000);
    queue.addAfter('b', 1500);
    back = 3_600_000;
    await clock.advance(1000);
    expect(await queue.get()).toBe('a');
    await clock.advance(500);
    expect(queue.length).toBe(1);
    queue.addAfter('c', 100);
    await clock.advance(100);
    expect(queue.length).toBe(2);
  });

  it('wait as the rate limiter says, until the item is forgotten', async () => {
    const { queue, clock } = newQueue();
    queue.addRateLimited('a');
    queue.addRateLimited('b');
    expect(queue.requeues('a')).toBe(1);
    await clock.advance(5);
    for (const item of [await queue.get(), await queue.get()]) {
      if (item !== undefined) queue.done(item);
    }
    queue.addRateLimited('a');
    queue.forget('b');
    queue.addRateLimited('b');
    await clock.advance(5);
    expect(await queue.get()).toBe('b');
    await clock.advance(5);
    expect(await queue.get()).toBe('a');
  });
});

describe('priorities', () => {
  it('let what is urgent pass what is not, and move an item up that is added again', async () => {
    const { queue } = newQueue();
    for (const item of ['a', 'b', 'c']) queue.add(item, { priority: -100 });
    queue.add('live');
    queue.add('b');
    queue.add('live', { priority: -100 });
    const order = [];
    while (queue.length > 0) order.push(await queue.get());
    expect(order).toEqual(['live', 'b', 'a', 'c']);
  });

  it('hold for an item that is added while it is being worked on', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.get();
    queue.add('a', { priority: -100 });
    queue.add('a', { priority: 5 });
    queue.add('b');
    queue.done('a');
    expect(await queue.get()).toBe('a');
  });

  it('hold back live changes by an eighth at the most, and never starve the rest', async () => {
    const { queue, clock } = newQueue();
    for (let i = 0; i < 1000; i++) queue.add(`first ${i}`, { priority: -100 });
    await clock.advance(1000);
    const order: string[] = [];
    // There are always live changes to do.
    for (let turn = 0; turn < 800; turn++) {
      queue.add(`live ${2 * turn}`);
      queue.add(`live ${2 * turn + 1}`);
      const item = (await queue.get()) ?? '';
      order.push(item);
      queue.done(item);
    }
    const flood = order.filter((item) => item.startsWith('first'));
    expect(flood).toEqual(Array.from({ length: 100 }, (_, i) => `first ${i}`));
    expect(order.filter((item) => item.startsWith('live'))).toEqual(Array.from({ length: 700 }, (_, i) => `live ${i}`));
  });

  it('give no share to what has not waited long', async () => {
    const { queue, clock } = newQueue();
    await clock.advance(1);
    for (let i = 0; i < 20; i++) queue.add(`first ${i}`, { priority: -100 });
    for (let i = 0; i < 20; i++) queue.add(`live ${i}`);
    for (let i = 0; i < 20; i++) expect(await queue.get()).toBe(`live ${i}`);
    expect(await queue.get()).toBe('first 0');
  });
});

describe('shutting down', () => {
  it('by drain hands out what waits, takes nothing in, and resolves when all of it is done', async () => {
    const { queue, clock } = newQueue();
    for (const item of ['a', 'b']) queue.add(item);
    queue.addAfter('later', 10);
    await queue.get();
    queue.add('a');
    const drained = queue.drain();
    queue.add('c');
    queue.addAfter('c', 1);
    queue.addRateLimited('c');
    await clock.advance(1000);
    expect([queue.closed, queue.length, queue.delayed]).toEqual([true, 1, 0]);
    expect(await queue.get()).toBe('b');
    const next = queue.get();
    expect(await now(next)).toBe('pending');
    queue.done('a');
    expect(await next).toBe('a');
    queue.done('a');
    expect(await queue.get()).toBeUndefined();
    expect(await now(drained)).toBe('pending');
    queue.done('b');
    await drained;
  });

  it('by cut hands out nothing more, and ends a drain', async () => {
    const { queue } = newQueue();
    for (const item of ['a', 'b']) queue.add(item);
    await queue.get();
    queue.add('a');
    const drained = queue.drain();
    queue.cut();
    await drained;
    expect([await queue.get(), queue.length, queue.working]).toEqual([undefined, 0, 1]);
    queue.done('a');
    expect([queue.length, queue.working]).toEqual([0, 0]);
  });

  it('tells everybody who waits', async () => {
    for (const stop of ['drain', 'cut'] as const) {
      const { queue } = newQueue();
      const waiting = [queue.get(), queue.get()];
      await queue[stop]();
      expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    }
  });
});

describe('the metrics', () => {
  it('have the names and meanings of client-go', async () => {
    const metrics = new WorkQueueMetrics();
    const { queue, clock } = newQueue({ metrics });
    const values = () =>
      Object.fromEntries(
        metrics.metrics
          .flatMap((metric) => metric.read().values)
          .filter(({ labels }) => labels.le === undefined)
          .map(({ metricName, value }) => [metricName, value]),
      );
    queue.add('a');
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1000);
    await clock.advance(2000);
    await queue.get();
    queue.add('a');
    await clock.advance(500);
    expect(values()).toEqual({
      workqueue_depth: 3,
      workqueue_adds_total: 4,
      workqueue_queue_duration_seconds_count: 1,
      workqueue_queue_duration_seconds_sum: 2,
      workqueue_work_duration_seconds_count: 0,
      workqueue_work_duration_seconds_sum: 0,
      workqueue_unfinished_work_seconds: 0.5,
      workqueue_longest_running_processor_seconds: 0.5,
      workqueue_retries_total: 1,
    });
    queue.done('a');
    expect(values()).toMatchObject({
      workqueue_depth: 3,
      workqueue_work_duration_seconds_sum: 0.5,
      workqueue_unfinished_work_seconds: 0,
    });
    expect(metrics.metrics.map(metricText).join('')).toContain('workqueue_depth{name="test"} 3\n');
    queue.cut();
    expect(values()).not.toHaveProperty('workqueue_depth');
  });
});

function bound(clock: FakeClock) {
  return {
    sleep: (ms: number, options?: { signal?: AbortSignal }) => clock.sleep(ms, options),
    setTimer: (ms: number, fn: () => void) => clock.setTimer(ms, fn),
  };
}
