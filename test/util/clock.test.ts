import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/util/clock.js';
import { FakeClock } from '../../src/util/fake-clock.js';

describe('FakeClock', () => {
  it('fires timers in the order of their due times, equal ones in the order they were set', async () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.setTimer(20, () => seen.push(`c@${clock.now()}`));
    clock.setTimer(10, () => seen.push(`a@${clock.now()}`));
    clock.setTimer(10, () => seen.push(`b@${clock.now()}`));
    clock.setTimer(31, () => seen.push('late'));
    await clock.advance(30);
    expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
    expect([clock.now(), clock.pending]).toEqual([30, 1]);
  });

  it('lets sleepers that sleep again run within one advance', async () => {
    const clock = new FakeClock(0);
    const seen: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10);
        seen.push(clock.now());
      }
    })();
    await clock.advance(100);
    await loop;
    expect(seen).toEqual([10, 20, 30]);
  });

  it('forgets a cancelled timer', async () => {
    const clock = new FakeClock();
    let fired = false;
    const timer = clock.setTimer(5, () => {
      fired = true;
    });
    timer.cancel();
    await clock.advance(10);
    expect([fired, clock.pending]).toEqual([false, 0]);
  });

  it('runs until a promise settles, and says so when it never can', async () => {
    const clock = new FakeClock(0);
    expect(await clock.runUntil(clock.sleep(3_600_000).then(() => clock.now()))).toBe(3_600_000);
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow('no timer is left');
    clock.setTimer(1e9, () => {});
    await expect(clock.runUntil(new Promise(() => {}), 1000)).rejects.toThrow('still pending after 1000 ms');
  });
});

describe.each([
  ['FakeClock', new FakeClock()],
  ['systemClock', systemClock],
])('sleep of %s', (_, clock) => {
  it('rejects with the reason of its signal and leaves no listener', async () => {
    const reason = new Error('enough');
    await expect(clock.sleep(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const short = clock.sleep(0, { signal });
    if (clock instanceof FakeClock) await clock.advance(0);
    await short;
    expect(listeners).toBe(0);
    const long = clock.sleep(60_000, { signal });
    controller.abort(reason);
    await expect(long).rejects.toBe(reason);
    if (clock instanceof FakeClock) expect(clock.pending).toBe(0);
  });
});

describe('systemClock', () => {
  it('measures spans that do not change when the time of day is set', () => {
    const before = systemClock.monotonic();
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
    const after = systemClock.monotonic();
    Date.now = now;
    expect(after - before).toBeGreaterThanOrEqual(0);
  });

  it('does not fire a timer of more than 24.8 days at once', async () => {
    let fired = false;
    const timer = systemClock.setTimer(2 ** 31 + 5, () => {
      fired = true;
    });
    await systemClock.sleep(5);
    timer.cancel();
    expect(fired).toBe(false);
  });
});
