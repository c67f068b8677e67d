import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { decodeUtf8, encodeUtf8 } from '../../util/bytes.js';
import { fieldsOf, numberOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { jsonSyntaxProblem } from '../http/json-syntax.js';
import type { ServerContext } from '../object/server-context.js';
import type { WebhookBackend } from '../object/webhook-backend.js';
import { answerProblem, callProblem } from './call-problem.js';
import { serviceAddress } from './service-address.js';

/** One call of a webhook. */
export interface WebhookCall {
  /** `clientConfig` of the webhook: where it is, and whom it is signed by. */
  readonly clientConfig: JsonObject;
  readonly review: JsonObject;
  readonly timeoutSeconds: number;
  /** The largest answer that is read, in bytes. */
  readonly maxBytes: number;
  /** Ends the call early: its client has gone, or the server closes. */
  readonly signal?: AbortSignal | undefined;
}

/** The time that an unused connection is kept. */
const idleMs = 60_000;

/** Where a webhook is, as a connection to make. */
interface Target {
  readonly url: URL;
  /** The URL as errors show it: that of a service always has a port. */
  readonly text: string;
  /** Where the connection goes, where that is not what the URL names. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
  readonly ca: string | undefined;
  /** The certificate and key, or the token, by which this server is known there. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
}

/** A question to a backend that a kubeconfig describes. */
export interface BackendCall {
  readonly review: JsonObject;
  readonly timeoutMs: number;
  /** The largest answer that is read, in bytes. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of a webhook other than 2xx. */
class RefusedCall extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Sends a review to a backend and returns its answer, decoded. Rejects as `callWebhook`, with `status` where there was an answer. */
export async function callBackend(
  server: ServerContext,
  backend: WebhookBackend,
  call: BackendCall,
): Promise<JsonObject> {
  const { url, ca, certificate: cert, key, token } = backend;
  const target = { url: new URL(url), text: url, ca, cert, key, token };
  return decoded(await post(server, target, call, call.timeoutMs));
}

/** The connections of each server; they end with it. Node keeps those apart that trust others or go elsewhere. */
const agents = new WeakMap<ServerContext, Agent>();

/**
 * Sends a review to a webhook and returns what it answers, decoded. TLS is verified against `caBundle`, or the system's authorities without
 * one; redirects are not followed. Rejects with an `Error` in kube-apiserver's words, which are Go's, that never quotes the review.
 */
export async function callWebhook(server: ServerContext, call: WebhookCall): Promise<JsonObject> {
  const seconds = Math.max(1, Math.ceil(call.timeoutSeconds));
  const target = await targetOf(server, call.clientConfig, seconds);
  return decoded(await post(server, target, call, seconds * 1_000));
}

function decoded(text: string): JsonObject {
  if (text === '') throw new Error('0-length response with status code: 200 and content type: application/json');
  const problem = jsonSyntaxProblem(text);
  if (problem !== undefined) throw new Error(`couldn't get version/kind; json parse error: ${problem}`);
  return fieldsOf(JSON.parse(text));
}

async function targetOf(server: ServerContext, clientConfig: JsonObject, seconds: number): Promise<Target> {
  const bundle = textOf(clientConfig.caBundle);
  const ca = bundle === '' ? undefined : Buffer.from(bundle, 'base64').toString();
  if (clientConfig.service === undefined) {
    const url = new URL(textOf(clientConfig.url));
    url.searchParams.set('timeout', `${seconds}s`);
    return { url, text: url.href, ca };
  }
  const { namespace, name, path, port } = fieldsOf(clientConfig.service);
  const where = { namespace: textOf(namespace), name: textOf(name), port: numberOf(port) ?? 443 };
  const url = new URL(`https://${where.name}.${where.namespace}.svc:${where.port}`);
  url.pathname = textOf(path);
  url.searchParams.set('timeout', `${seconds}s`);
  const text = `https://${where.name}.${where.namespace}.svc:${where.port}${url.pathname}${url.search}`;
  try {
    return { url, text, address: await serviceAddress(server, where), ca };
  } catch (error) {
    throw new Error(`Post "${text}": ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function agentOf(server: ServerContext): Agent {
  let agent = agents.get(server);
  if (agent === undefined) {
    const made = new Agent({ keepAlive: true, timeout: idleMs, maxSockets: 64 });
    agent = made;
    agents.set(server, made);
    server.closing.addEventListener('abort', () => made.destroy());
  }
  return agent;
}

function post(
  server: ServerContext,
  target: Target,
  call: Pick<BackendCall, 'review' | 'maxBytes' | 'signal'>,
  timeoutMs: number,
): Promise<string> {
  const { url, address, ca, cert, key, token } = target;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const body = encodeUtf8(JSON.stringify(call.review));
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method: 'POST',
      agent: agentOf(server),
      host: address?.host ?? host,
      port: address?.port ?? (url.port === '' ? 443 : Number(url.port)),
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        accept: 'application/json, */*',
        'user-agent': 'kube-apiserver-admission',
        'content-length': body.length,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
    };
    const sent = httpsRequest(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > call.maxBytes) sent.destroy(new Error(`the answer is larger than ${call.maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        const text = decodeUtf8(Buffer.concat(chunks));
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) end(() => resolve(text));
        else end(() => reject(new RefusedCall(statusCode, answerProblem(statusCode, text))));
      });
    });
    const end = (settle: () => void): void => {
      timer.cancel();
      call.signal?.removeEventListener('abort', cancel);
      server.closing.removeEventListener('abort', cancel);
      settle();
    };
    const fail = (error: unknown): void =>
      end(() => reject(new Error(`Post "${target.text}": ${callProblem(error, options.host ?? '', options.port)}`)));
    const cancel = (): void => void sent.destroy(new Error('context canceled'));
    const timer = server.clock.setTimer(timeoutMs, () => sent.destroy(new Error('context deadline exceeded')));
    call.signal?.addEventListener('abort', cancel);
    server.closing.addEventListener('abort', cancel);
    sent.on('error', fail);
    sent.end(body);
    if (call.signal?.aborted === true || server.closing.aborted) cancel();
  });
}
