import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { type ProbeResult, textOf } from './probe-result.js';

/** A request that a probe or a lifecycle hook makes. */
export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Opens a connection to a container. */
export type Dial = (host: string, port: number) => Promise<Duplex>;

const MOST_IN_BODY = 10 * 1024;
const MOST_REDIRECTS = 10;

/** Sends a GET request. Answers from 200 to 399 are a success. Follows redirects to the same host. Never rejects. */
export async function probeHttp(
  target: HttpTarget,
  dial: Dial,
  agent: string,
  signal: AbortSignal,
): Promise<ProbeResult & { readonly status?: number | undefined }> {
  let current = target;
  for (let redirects = 0; ; redirects++) {
    try {
      const { status, location, body } = await get(current, dial, agent, signal);
      if (status < 200 || status >= 400) {
        return { ok: false, output: `HTTP probe failed with statuscode: ${status}`, status };
      }
      const next = location === undefined ? undefined : redirected(current, location);
      if (status < 300 || next === undefined) return { ok: true, output: body, status };
      if (redirects >= MOST_REDIRECTS) return { ok: false, output: 'stopped after 10 redirects', status };
      current = next;
    } catch (error) {
      const why = signal.aborted
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : textOf(error);
      return { ok: false, output: `Get ${JSON.stringify(urlOf(current))}: ${why}` };
    }
  }
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

async function get(target: HttpTarget, dial: Dial, agent: string, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const plain = await dial(target.host, target.port);
  try {
    // A probe asks whether the container answers; its certificate may be made for another name.
    const socket =
      target.scheme === 'https'
        ? connectTls({ socket: plain, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
        : plain;
    const headers: Record<string, string> = {
      Host: hostOf(target),
      'User-Agent': agent,
      Accept: '*/*',
      Connection: 'close',
    };
    for (const { name, value } of target.headers) {
      const known = Object.keys(headers).find((one) => one.toLowerCase() === name.toLowerCase());
      headers[known ?? name] = value;
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(
        { createConnection: () => socket, method: 'GET', path: target.path, headers, signal },
        resolve,
      );
      request.once('error', reject);
      request.end();
    });
    return { status: response.statusCode ?? 0, location: response.headers.location, body: await bodyOf(response) };
  } finally {
    plain.destroy();
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_IN_BODY) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MOST_IN_BODY);
}

function redirected(target: HttpTarget, location: string): HttpTarget | undefined {
  if (!URL.canParse(location, urlOf(target))) return undefined;
  const url = new URL(location, urlOf(target));
  if (url.hostname !== new URL(urlOf(target)).hostname) return undefined;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return {
    ...target,
    scheme,
    port: Number(url.port || (scheme === 'https' ? 443 : 80)),
    path: url.pathname + url.search,
  };
}

function hostOf({ host, port }: HttpTarget): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function urlOf(target: HttpTarget): string {
  return `${target.scheme}://${hostOf(target)}${target.path.startsWith('/') ? '' : '/'}${target.path}`;
}
