import { describe, expect, test } from 'vitest';
import { ListWatchPlan } from '../../src/cache/list-watch-plan.js';
import { ApiError, NetworkError, TimeoutError } from '../../src/errors/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';

const api = (code: number, reason = '', more: object = {}) => new ApiError({ status: { code, reason, ...more } });
const gone = api(410, 'Expired');
const ahead = api(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
const reset = new NetworkError('reset');
const refused = new NetworkError('refused', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
const quietFor = new TimeoutError('quiet', { deadline: 'idle', timeoutMs: 1 });

function plan(options: { watchList?: boolean; random?: () => number } = {}) {
  const clock = new FakeClock();
  const made = new ListWatchPlan({ clock, random: () => 0, ...options });
  const fail = (error: unknown, received = 0) => made.ended({ error, received, durationMs: 5000 });
  return { plan: made, clock, fail };
}

/** A plan that has its first state and watches from 100. */
function watching() {
  const world = plan();
  world.plan.step();
  world.plan.complete('100');
  expect(world.plan.ended({ received: 3, durationMs: 400_000 })).toBeUndefined();
  return world;
}

describe('the plan of lists and watches', () => {
  test('asks for the state by a watch, then watches on from its version', () => {
    const { plan: made } = plan();
    expect(made.step()).toEqual({ kind: 'watch', initial: true, resourceVersion: '', timeoutSeconds: 300 });
    made.complete('100');
    made.saw('107');
    expect(made.ended({ received: 9, durationMs: 300_000 })).toBeUndefined();
    expect(made.step()).toEqual({ kind: 'watch', initial: false, resourceVersion: '107', timeoutSeconds: 300 });
  });

  test('lets watches last between 5 and 10 minutes', () => {
    for (const random of [0, 0.5, 0.999]) {
      const step = plan({ random: () => random }).plan.step();
      expect(step.kind === 'watch' ? step.timeoutSeconds : 0).toBe(Math.floor(300 * (1 + random)));
    }
  });

  test.each([400, 405, 406, 415, 422, 501])(
    'lists for good, and at once, when the server answers %i to a streamed state',
    (code) => {
      const { plan: made, fail } = plan();
      made.step();
      expect(fail(api(code))).toMatchObject({ kind: 'unsupported', retryInMs: 0 });
      expect(made.step()).toEqual({ kind: 'list', limit: 500, resourceVersion: '0', resourceVersionMatch: undefined });
      made.complete('5');
      made.ended({ received: 1, durationMs: 1 });
      made.step();
      fail(gone);
      expect(made.step()).toMatchObject({ kind: 'list', resourceVersion: '5', resourceVersionMatch: 'NotOlderThan' });
    },
  );

  test('does not give up streaming because it is not allowed to watch', () => {
    const { plan: made, fail } = plan();
    made.step();
    expect(fail(api(403, 'Forbidden'))?.retryInMs).toBe(800);
    expect(made.step()).toMatchObject({ kind: 'watch', initial: true });
  });

  test('lists once when a streamed state stays quiet, and for good when it does so again', () => {
    const { plan: made, fail } = plan();
    made.step();
    expect(made.idleMs()).toBe(10_000);
    expect(fail(quietFor)).toMatchObject({ kind: 'quiet', retryInMs: 0 });
    expect(made.step().kind).toBe('list');
    made.complete('5');
    made.ended({ received: 1, durationMs: 1 });
    made.step();
    fail(gone);
    expect(made.step()).toMatchObject({ kind: 'watch', initial: true, resourceVersion: '5' });
    fail(quietFor);
    made.step();
    made.complete('6');
    made.ended({ received: 1, durationMs: 1 });
    made.step();
    fail(gone);
    expect(made.step().kind).toBe('list');
  });

  test.each([
    ['a reset', reset, 'torn'],
    ['a refused connection', refused, 'refused'],
    ['an internal error', api(500, 'InternalError'), 'failed'],
  ] as const)('resumes from the last version after %s, without fetching the state again', (_, error, kind) => {
    const { plan: made, fail } = watching();
    made.step();
    made.saw('120');
    expect(fail(error, 5)).toMatchObject({ kind, retryInMs: 800 });
    expect(made.step()).toMatchObject({ kind: 'watch', initial: false, resourceVersion: '120' });
  });

  test('fetches the state anew when the history is gone, not older than what it had', () => {
    const { plan: made, fail } = watching();
    made.step();
    expect(fail(gone)).toMatchObject({ kind: 'gone', retryInMs: 800 });
    expect(made.step()).toMatchObject({ kind: 'watch', initial: true, resourceVersion: '100' });
  });

  test('fetches the newest state when even that version is of no use', () => {
    for (const error of [gone, ahead]) {
      const { plan: made, fail } = plan({ watchList: false });
      expect(made.step()).toMatchObject({ kind: 'list', resourceVersion: '0' });
      expect(fail(error)?.retryInMs).toBe(0);
      expect(made.step()).toMatchObject({ kind: 'list', resourceVersion: '', limit: 500 });
      expect(fail(error)?.retryInMs).toBeGreaterThanOrEqual(800);
    }
  });

  test('fetches everything in one answer when a list expired between pages', () => {
    const { plan: made, fail } = plan({ watchList: false });
    made.step();
    fail(gone, 500);
    expect(made.step()).toMatchObject({ kind: 'list', resourceVersion: '', limit: 0 });
  });

  test('waits as long as a busy server asks, and longer and longer for one that is not there', () => {
    const { plan: made, fail } = watching();
    const busy = new ApiError({ status: { code: 429, reason: 'TooManyRequests' }, retryAfterMs: 17_000 });
    made.step();
    expect(fail(busy)).toMatchObject({ kind: 'throttled', retryInMs: 17_000 });
    const waits = Array.from({ length: 8 }, () => {
      made.step();
      return fail(refused)?.retryInMs;
    });
    expect(waits).toEqual([1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  });

  test('starts from short waits again after two minutes of health', async () => {
    const { plan: made, fail, clock } = watching();
    made.step();
    fail(refused);
    made.step();
    expect(fail(refused)?.retryInMs).toBe(1600);
    await clock.advance(121_000);
    made.step();
    expect(fail(reset, 3)?.retryInMs).toBe(800);
  });

  test('does not hammer a server that ends watches at once', () => {
    const { plan: made } = watching();
    made.step();
    expect(made.ended({ received: 0, durationMs: 20 })).toMatchObject({ kind: 'short', retryInMs: 800 });
    made.step();
    expect(made.ended({ received: 0, durationMs: 20 })?.retryInMs).toBe(1600);
    made.step();
    expect(made.ended({ received: 2, durationMs: 20 })).toBeUndefined();
  });

  test('takes a connection for dead after 150 s where bookmarks come, and after the timeout of the watch where they do not', () => {
    const { plan: made, fail } = plan({ watchList: false });
    made.step();
    made.complete('5');
    made.ended({ received: 1, durationMs: 1 });
    made.step();
    expect(made.idleMs()).toBe(330_000);
    made.saw('7', true);
    expect(made.idleMs()).toBe(150_000);
    fail(quietFor);
    expect(made.step()).toMatchObject({ kind: 'watch', initial: false, resourceVersion: '7' });
  });
});
