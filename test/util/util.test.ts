import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable, anySignal, deadlineSignal, onAbort, throwIfAborted } from '../../src/util/abort.js';
import { Backoff } from '../../src/util/backoff.js';
import { concatBytes, decodeUtf8, decodeUtf8Strict, encodeUtf8 } from '../../src/util/bytes.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { seededRandom } from '../../src/util/random.js';
import { lazy, SingleFlight } from '../../src/util/single-flight.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('Backoff', () => {
  it('grows by its factor up to the cap, and begins anew when told', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 500, jitter: 0, clock: new FakeClock() });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('lengthens each time by up to its jitter', () => {
    const at = (value: number) =>
      new Backoff({ baseMs: 100, jitter: 1, random: () => value, clock: new FakeClock() }).next();
    expect([at(0), at(0.5), at(0.999)]).toEqual([100, 150, 200]);
  });

  it('begins anew after a quiet time', async () => {
    const clock = new FakeClock();
    const backoff = new Backoff({ baseMs: 100, jitter: 0, resetAfterMs: 1000, clock });
    backoff.next();
    backoff.next();
    await clock.advance(1001);
    expect(backoff.next()).toBe(100);
    await clock.advance(1000);
    expect(backoff.next()).toBe(200);
  });
});

describe('seededRandom', () => {
  it('repeats itself for the same seed and stays in [0, 1)', () => {
    const numbers = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
    const all = numbers(7);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    expect(all.reduce((a, b) => a + b) / 1000).toBeCloseTo(0.5, 1);
  });
});

describe('abort helpers', () => {
  it('throw the reason of the caller', () => {
    const reason = { mine: true };
    throwIfAborted(undefined);
    expect(() => throwIfAborted(AbortSignal.abort(reason))).toThrow(expect.objectContaining(reason));
  });

  it('abortable passes results and errors on, and lets go of the signal', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error('x')), signal)).rejects.toThrow('x');
    expect(listeners(signal)).toBe(0);
  });

  it('abortable rejects with the reason, though the work goes on and even fails later', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => {};
    const work = abortable(new Promise((_, reject) => (fail = reject)), controller.signal);
    controller.abort('stop');
    await expect(work).rejects.toBe('stop');
    fail(new Error('late'));
    await expect(abortable(Promise.resolve(1), controller.signal)).rejects.toBe('stop');
  });

  it('anySignal aborts with the first reason and leaves nothing behind on the others', () => {
    const a = new AbortController();
    const b = new AbortController();
    const any = anySignal(a.signal, undefined, b.signal);
    b.abort('b');
    a.abort('a');
    expect(any.signal.reason).toBe('b');
    const c = new AbortController();
    const quiet = anySignal(c.signal);
    expect(listeners(c.signal)).toBe(1);
    quiet.dispose();
    expect(listeners(c.signal)).toBe(0);
    const fresh = new AbortController();
    expect(anySignal(fresh.signal, AbortSignal.abort('now')).signal.reason).toBe('now');
    expect(listeners(fresh.signal)).toBe(0);
  });

  it('deadlineSignal aborts at its time, or with its parent, and not after it was disposed of', async () => {
    const clock = new FakeClock();
    const deadline = deadlineSignal(clock, 100, () => 'late');
    await clock.advance(99);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toBe('late');

    const parent = new AbortController();
    const early = deadlineSignal(clock, 100, () => 'late', parent.signal);
    parent.abort('parent');
    expect([early.signal.reason, clock.pending]).toEqual(['parent', 0]);

    const other = new AbortController();
    const unused = deadlineSignal(clock, 100, () => 'late', other.signal);
    unused.dispose();
    await clock.advance(200);
    expect([unused.signal.aborted, listeners(other.signal)]).toEqual([false, 0]);
  });

  it('onAbort runs at once for a signal that is aborted already', () => {
    const seen: unknown[] = [];
    onAbort(AbortSignal.abort(1), (reason) => seen.push(reason))();
    onAbort(undefined, () => seen.push('never'))();
    expect(seen).toEqual([1]);
  });
});

describe('SingleFlight and lazy', () => {
  it('join calls under way and forget failures', async () => {
    const flights = new SingleFlight<string, number>();
    let calls = 0;
    const work = async () => {
      calls++;
      await null;
      if (calls === 1) throw new Error('first');
      return calls;
    };
    const first = [flights.run('k', work), flights.run('k', work)];
    expect((await Promise.allSettled(first)).map((r) => r.status)).toEqual(['rejected', 'rejected']);
    expect(calls).toBe(1);
    expect(await flights.run('k', work)).toBe(2);
    expect(await Promise.all([flights.run('a', work), flights.run('b', work)])).toHaveLength(2);
    expect(calls).toBe(4);
  });

  it('lazy keeps a result and tries again after a failure', async () => {
    let calls = 0;
    const load = lazy(async () => {
      if (++calls === 1) throw new Error('first');
      return calls;
    });
    await expect(load()).rejects.toThrow('first');
    expect([await load(), await load(), calls]).toEqual([2, 2, 2]);
  });
});

describe('bytes', () => {
  it('go to text and back', () => {
    expect(decodeUtf8(encodeUtf8('größe ☸'))).toBe('größe ☸');
    expect(decodeUtf8(concatBytes([encodeUtf8('a'), encodeUtf8('bc')]))).toBe('abc');
    expect(() => decodeUtf8Strict(new Uint8Array([0xff]))).toThrow(TypeError);
  });
});
