import { ConfigError } from '../errors/index.js';
import { deadlineSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import type { Environment } from './environment.js';
import { proxyFromEnvironment } from './proxy-settings.js';

/** The address and the trust of an identity provider. */
export interface IdentityProviderOptions {
  /** For messages. */
  readonly issuer: string;
  /** PEM of the authorities its certificate may come from, instead of the system's. */
  readonly ca?: string | undefined;
  /** Where proxies are looked for. */
  readonly env: Environment;
  readonly clock: Clock;
}

/** The options with which an OAuth library calls `fetch`. */
export interface FetchOptions {
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: URLSearchParams | undefined;
}

/** The way to an identity provider, as `fetch`. */
export interface IdentityProvider extends AsyncDisposable {
  /** Sends one request; the whole answer has come when it resolves. Redirects are not followed. Rejects with a `ConfigError`. */
  fetch(url: string, options: FetchOptions): Promise<Response>;
}

/** A person waits for this; what takes longer than half a minute is not there. */
const TIMEOUT_MS = 30_000;
const MAX_BODY = 1024 * 1024;

/** Opens the way: with the provider's own CA, and through the proxy of the environment, as to any other HTTPS server. */
export async function identityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { issuer, ca, env, clock } = options;
  const { Agent, ProxyAgent, request } = await import('undici');
  const tls = ca === undefined ? {} : { ca };
  const proxy = proxyFromEnvironment(issuer, env);
  const login = proxy?.credentials();
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect: tls })
      : new ProxyAgent({
          uri: proxy.protocol === 'socks5' ? proxy.href() : proxy.toString(),
          requestTls: tls,
          ...(login === undefined || proxy.protocol === 'socks5'
            ? {}
            : { token: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` }),
        });
  return {
    fetch: async (url, { method, headers, body }) => {
      const late = () => new Error(`no answer within ${TIMEOUT_MS} ms`);
      const deadline = deadlineSignal(clock, TIMEOUT_MS, late);
      try {
        const answer = await request(url, {
          method: method === 'POST' ? 'POST' : 'GET',
          headers,
          body: body?.toString() ?? null,
          dispatcher,
          signal: deadline.signal,
        });
        const text = await bounded(answer.body);
        const type = answer.headers['content-type'];
        return new Response(text === '' ? null : text, {
          status: answer.statusCode,
          headers: typeof type === 'string' ? { 'content-type': type } : {},
        });
      } catch (cause) {
        throw new ConfigError(`the identity provider ${issuer} cannot be reached`, { cause });
      } finally {
        deadline.dispose();
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('the answer is larger than an answer of an identity provider can be');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
