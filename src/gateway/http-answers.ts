import { z } from 'zod';
import type { GatewayFault } from '../browser/protocol.js';
import { runAction } from './actions/actions.js';
import type { Gate } from './gate.js';
import type { Caller } from './gateway-user.js';
import { faultOf, isInternal, refusal } from './refusals.js';
import type { Sessions } from './sessions.js';

/** An object of etcd has at most 1.5 MiB. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

const call = z.strictObject({ action: z.string(), params: z.unknown().optional() });

/** Answers requests over plain HTTP: `POST …/call` runs an action. */
export class HttpAnswers {
  readonly #gate: Gate;
  readonly #sessions: Sessions;
  readonly #onError: (error: unknown) => void;

  constructor(gate: Gate, sessions: Sessions, onError: (error: unknown) => void) {
    this.#gate = gate;
    this.#sessions = sessions;
    this.#onError = onError;
  }

  async answer(request: Request): Promise<Response> {
    const entered = await this.#gate.enter(request);
    if ('fault' in entered) return faultAnswer(entered.fault);
    try {
      const value = await this.#run(request, entered.user);
      return Response.json({ value: value ?? null }, { headers });
    } catch (error) {
      if (isInternal(error)) this.#onError(error);
      return faultAnswer(faultOf(error));
    }
  }

  async #run(request: Request, user: Caller): Promise<unknown> {
    if (!new URL(request.url).pathname.endsWith('/call')) throw refusal(404, 'the gateway has no such address');
    if (request.method !== 'POST') throw refusal(405, 'send a POST');
    // Pages of other origins cannot send this type without being asked for leave first.
    if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
      throw refusal(415, 'send application/json');
    const found = call.safeParse(await bodyOf(request));
    if (!found.success) throw refusal(400, 'send an object with action and params');
    const usage = this.#sessions.limits.of(user.id);
    usage.take('actions');
    try {
      const { clusters, offered } = this.#sessions;
      const context = { user, clusters, offered, signal: request.signal };
      return await runAction(context, found.data.action, found.data.params);
    } finally {
      usage.release('actions');
      this.#sessions.limits.forget(user.id);
    }
  }
}

/** Reads a JSON body of at most 4 MiB. */
async function bodyOf(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) throw refusal(413, `the body has more than ${MOST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function faultAnswer(fault: GatewayFault): Response {
  return Response.json({ fault }, { status: fault.status, headers });
}
