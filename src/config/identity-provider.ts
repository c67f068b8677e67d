import { ConfigError } from '../errors/index.js';

/** An answer of an identity provider. */
export interface HttpAnswer {
  readonly status: number;
  /** Empty when the body is no JSON object. */
  readonly json: { readonly [key: string]: unknown };
}

/** The way to an identity provider. */
export interface IdentityProvider extends AsyncDisposable {
  get(url: string): Promise<HttpAnswer>;
  post(url: string, form: string, headers: { readonly [name: string]: string }): Promise<HttpAnswer>;
}

/** A person waits for this; what takes longer than half a minute is not there. */
const TIMEOUT_MS = 30_000;
const MAX_BODY = 1024 * 1024;

/** Opens the way. Proxies of the environment are used, as for any other HTTPS server. */
export async function identityProvider(issuer: string, ca: string | undefined): Promise<IdentityProvider> {
  const { EnvHttpProxyAgent, request } = await import('undici');
  const tls = { ...(ca === undefined ? {} : { ca }), timeout: TIMEOUT_MS };
  const dispatcher = new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
  const send = async (url: string, options: Parameters<typeof request>[1]): Promise<HttpAnswer> => {
    try {
      const answer = await request(url, {
        ...options,
        dispatcher,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: answer.statusCode, json: parse(await bounded(answer.body)) };
    } catch (cause) {
      throw new ConfigError(`the identity provider ${issuer} cannot be reached`, { cause });
    }
  };
  return {
    get: (url) => send(url, { headers: { accept: 'application/json' } }),
    post: (url, form, headers) =>
      send(url, {
        method: 'POST',
        body: form,
        headers: { ...headers, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      }),
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

function parse(text: string): HttpAnswer['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as HttpAnswer['json']) : {};
  } catch {
    return {};
  }
}
