import { ApiServer, type ApiServerOptions } from '../../src/server/index.js';
import type { ServerResponse } from '../../src/server/object/message.js';
import { chosenStorage } from './chosen-storage.js';

/** A JSON object whose fields a test reads freely. */
// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
export type Answer = any;

export interface Asked {
  readonly status: number;
  readonly headers: ServerResponse['headers'];
  readonly body: Answer;
}

/** A server without sockets, and the shortest way to ask it something. */
export class TestServer {
  readonly api: ApiServer;

  constructor(options: ApiServerOptions = {}) {
    this.api = new ApiServer({ controllers: [], storage: chosenStorage(options.clock), ...options });
  }

  async ask(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}): Promise<Asked> {
    const response = await this.raw(method, path, body, headers);
    const text = new TextDecoder().decode(await bytesOf(response));
    return { status: response.status, headers: response.headers, body: parse(text) };
  }

  raw(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}): Promise<ServerResponse> {
    const encoded = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return this.api.handle({
      method,
      path,
      headers: { 'content-type': 'application/json', 'user-agent': 'test/1', ...headers },
      body: encoded === undefined ? undefined : new TextEncoder().encode(encoded),
    });
  }

  /** A watch as a list that grows; `close` ends it. */
  async watch(path: string): Promise<{ events: Answer[]; ended: Promise<void>; close(): Promise<void> }> {
    const response = await this.raw('GET', path);
    const events: Answer[] = [];
    const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const ended = (async () => {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        for (const line of new TextDecoder().decode(next.value).trim().split('\n')) events.push(parse(line));
      }
    })();
    await turn();
    return { events, ended, close: async () => void (await iterator.return?.(undefined)) };
  }
}

/** Lets everything run that need not wait for the outside world. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function bytesOf({ body }: ServerResponse): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const configMaps = '/api/v1/namespaces/default/configmaps';
export const configMap = (name: string, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...rest,
});
