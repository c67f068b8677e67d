import { describe, expect, test } from 'vitest';
import { NetworkError } from '../../src/errors/index.js';
import { RetryingTransport, type RetryOptions } from '../../src/transport/retrying-transport.js';
import { TracedTransport } from '../../src/transport/traced-transport.js';
import type { Transport, TransportRequest, TransportResponse } from '../../src/transport/transport.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { SleepingClock } from '../helpers/sleeping-clock.js';

/** A transport that gives what the script says: a status, a header with it, or an error's code. The last one stays. */
class Scripted implements Transport {
  sent: TransportRequest[] = [];
  cancelled = 0;
  constructor(private readonly script: readonly (number | string | readonly [number, string])[]) {}

  async send(request: TransportRequest): Promise<TransportResponse> {
    const step = this.script[Math.min(this.sent.length, this.script.length - 1)] ?? 200;
    this.sent.push(request);
    if (typeof step === 'string') {
      throw new NetworkError('broken', { cause: Object.assign(new Error(step), { code: step }) });
    }
    const [status, retryAfter] = typeof step === 'number' ? [step, undefined] : step;
    const body = { bytes: async () => new Uint8Array(), consume: async () => {}, cancel: () => void this.cancelled++ };
    return { status, headers: { 'retry-after': retryAfter }, body };
  }
  async close(): Promise<void> {}
}

const request = (method: TransportRequest['method'], more: object = {}): TransportRequest => ({
  method,
  path: '/x',
  kind: 'unary',
  ...more,
});

async function run(
  script: ConstructorParameters<typeof Scripted>[0],
  sent: TransportRequest,
  options: RetryOptions = {},
) {
  const clock = new SleepingClock();
  const inner = new Scripted(script);
  const transport = new RetryingTransport(inner, { clock, random: () => 0.5, ...options });
  const start = clock.now();
  const outcome = transport.send(sent).then(
    ({ status }) => status,
    (error: Error) => error.name,
  );
  return {
    outcome: await outcome,
    sent: inner.sent.length,
    ms: clock.now() - start,
    cancelled: inner.cancelled,
  };
}

describe('RetryingTransport', () => {
  test.each([
    ['GET', 'ECONNRESET', 5],
    ['PUT', 'ECONNRESET', 1],
    ['DELETE', 'ECONNRESET', 1],
    ['POST', 'ECONNRESET', 1],
    ['PATCH', 'ECONNRESET', 1],
    ['GET', 500, 5],
    ['PUT', 502, 5],
    ['DELETE', 504, 5],
    ['POST', 500, 1],
    ['PATCH', 503, 1],
    ['GET', 501, 1],
    ['GET', 404, 1],
    ['GET', 'CERT_HAS_EXPIRED', 1],
    ['GET', 'ENOTFOUND', 1],
  ] as const)('%s after %s is sent %i times', async (method, failure, times) => {
    expect((await run([failure], request(method))).sent).toBe(times);
  });

  test('a write is sent again when its caller says that it is safe, and a read is not when its caller says no', async () => {
    expect(await run(['ECONNRESET', 201], request('POST', { idempotent: true }))).toMatchObject({
      outcome: 201,
      sent: 2,
    });
    expect((await run(['ECONNRESET', 200], request('GET', { idempotent: false }))).sent).toBe(1);
    expect((await run([500, 200], request('DELETE', { idempotent: false }))).sent).toBe(1);
  });

  test('any request is sent again when the server says when, as often as allowed, with no body left open', async () => {
    const outcome = await run([[429, '7'], [503, '2'], 201], request('POST'));
    expect(outcome).toEqual({ outcome: 201, sent: 3, ms: 9000, cancelled: 2 });
    expect((await run([[429, '1']], request('POST'), { retries: 2 })).sent).toBe(3);
    expect((await run([[429, '31']], request('POST'))).sent).toBe(1);
    expect((await run([[429, '1']], request('POST'), { retries: 0 })).sent).toBe(1);
  });

  test('waits are drawn between nothing and a bound that doubles up to its cap', async () => {
    expect((await run([500], request('GET'), { random: () => 0.999_999, baseMs: 100, maxMs: 300 })).ms).toBeCloseTo(
      900,
      0,
    );
    expect((await run([500], request('GET'), { random: () => 0 })).ms).toBe(0);
  });

  test('when everything fails, all requests together are retried no more than the budget allows', async () => {
    const clock = new SleepingClock();
    const inner = new Scripted([500]);
    const transport = new RetryingTransport(inner, { clock, random: () => 0, budget: 10 });
    for (let call = 0; call < 100; call++) await transport.send(request('GET'));
    expect(inner.sent.length).toBe(110);
  });

  test('an abort while waiting ends it with the reason, and leaves no timer and no body', async () => {
    const clock = new FakeClock();
    const inner = new Scripted([[503, '5']]);
    const transport = new RetryingTransport(inner, { clock });
    const controller = new AbortController();
    const sent = transport.send(request('GET', { signal: controller.signal })).catch((error: unknown) => error);
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort('enough');
    expect([await sent, clock.pending, inner.sent.length, inner.cancelled]).toEqual(['enough', 0, 1, 1]);
  });
});

describe('TracedTransport', () => {
  test('loads nothing and changes nothing where no OpenTelemetry is set up', async () => {
    const inner = new Scripted([200]);
    const sent = request('GET');
    await new TracedTransport(inner, 'h:1').send(sent);
    expect(inner.sent[0]).toBe(sent);
  });
});
