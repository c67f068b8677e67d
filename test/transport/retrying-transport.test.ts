import fc from 'fast-check';
// Loaded now, so that the clock has nothing to wait for but the waits themselves.
import 'p-retry';
import { describe, expect, test } from 'vitest';
import { NetworkError, TimeoutError } from '../../src/errors/index.js';
import { networkError } from '../../src/transport/network-error.js';
import { parseRetryAfter } from '../../src/transport/retry-after.js';
import { RetryingTransport, type RetryOptions } from '../../src/transport/retrying-transport.js';
import type { TransportRequest } from '../../src/transport/transport.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { type Answer, FakeTransport } from '../client/fake-transport.js';

const request = (method: TransportRequest['method']): TransportRequest => ({ method, path: '/x', kind: 'unary' });
const withCode = (code: string) => Object.assign(new Error(code), { code });
const refused = () => networkError(withCode('ECONNREFUSED'), request('GET'), false);
const broken = () => networkError(withCode('ECONNRESET'), request('GET'), true);
const busy = (status: number, retryAfter?: string): Answer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
});

/** Sends one request against a script; its last entry answers ever after. */
async function send(
  method: TransportRequest['method'],
  script: readonly (Answer | Error)[],
  options: RetryOptions = {},
) {
  const clock = new FakeClock();
  const start = clock.now();
  const inner = new FakeTransport((_, count) => script[Math.min(count, script.length) - 1] ?? {});
  const transport = new RetryingTransport(inner, { clock, random: () => 1, ...options });
  const outcome = await clock.runUntil(transport.send(request(method))).then(
    (response) => response.status,
    (error: unknown) => error,
  );
  expect(clock.pending).toBe(0);
  return { outcome, tries: inner.asked.length, waitedMs: clock.now() - start };
}

describe('RetryingTransport', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'sends a %s again when not a byte of it was sent',
    async (method) => {
      expect(await send(method, [refused(), refused(), {}])).toEqual({ outcome: 200, tries: 3, waitedMs: 300 });
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'never sends a %s twice whose fate is unknown',
    async (method) => {
      const error = broken();
      expect(await send(method, [error, {}])).toEqual({ outcome: error, tries: 1, waitedMs: 0 });
    },
  );

  test.each(['POST', 'PATCH'] as const)('does not send a %s again after a server error, but a PUT', async (method) => {
    expect(await send(method, [busy(500), {}])).toMatchObject({ outcome: 500, tries: 1 });
    expect(await send('PUT', [busy(500), {}])).toMatchObject({ outcome: 200, tries: 2 });
  });

  test('reads again after a broken connection and a server error', async () => {
    expect(await send('GET', [broken(), busy(503), busy(500), {}])).toEqual({ outcome: 200, tries: 4, waitedMs: 700 });
  });

  test.each(['GET', 'POST'] as const)('comes back with a %s when the server said', async (method) => {
    expect(await send(method, [busy(429, '7'), busy(503, '2'), {}])).toEqual({
      outcome: 200,
      tries: 3,
      waitedMs: 9000,
    });
    const soon = new Date(new FakeClock().now() + 5000).toUTCString();
    expect(await send(method, [busy(429, soon), {}])).toEqual({ outcome: 200, tries: 2, waitedMs: 5000 });
  });

  test('leaves a wait that is too long to the caller', async () => {
    expect(await send('GET', [busy(429, '31')])).toEqual({ outcome: 429, tries: 1, waitedMs: 0 });
  });

  test('gives up after its tries, with the last answer or error', async () => {
    expect(await send('GET', [busy(503)])).toEqual({ outcome: 503, tries: 5, waitedMs: 1500 });
    const error = refused();
    expect(await send('POST', [error], { retries: 2 })).toEqual({ outcome: error, tries: 3, waitedMs: 300 });
    expect(await send('GET', [busy(503)], { retries: 0 })).toMatchObject({ tries: 1 });
  });

  test.each([
    ['a wrong certificate', networkError(withCode('CERT_HAS_EXPIRED'), request('GET'), false)],
    ['a deadline', new TimeoutError('late', { deadline: 'headers', timeoutMs: 1 })],
    ['a closed transport', new NetworkError('closed')],
  ])('does not try again after %s', async (_, error) => {
    expect(await send('GET', [error, {}])).toEqual({ outcome: error, tries: 1, waitedMs: 0 });
  });

  test.each([400, 401, 403, 404, 409, 410, 422, 501])('hands a %d on as it is', async (status) => {
    expect(await send('GET', [busy(status), {}])).toMatchObject({ outcome: status, tries: 1 });
  });

  test('rejects with the reason of the signal while it waits, whatever that is', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const transport = new RetryingTransport(new FakeTransport(() => refused()), { clock });
    const sent = transport.send({ ...request('GET'), signal: controller.signal }).catch((error: unknown) => error);
    await clock.advance(0);
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort('enough');
    expect(await sent).toBe('enough');
    expect(clock.pending).toBe(0);
  });
});

describe('parseRetryAfter', () => {
  test('reads seconds and dates, and nothing else', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter('7', now)).toBe(7000);
    expect(parseRetryAfter(['7', '9'], now)).toBe(7000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000);
    expect(parseRetryAfter('Thu, 01 Jan 2025 00:00:05 GMT', now)).toBe(0);
    for (const text of [undefined, '', '-5', '1.5', '7s', 'soon', '99999999999'])
      expect(parseRetryAfter(text, now)).toBeUndefined();
  });

  test('never gives anything but a time to wait', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, now) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
