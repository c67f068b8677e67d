import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClusterConfig } from '../config/cluster-config.js';
import { ConfigError } from '../errors/index.js';
import { PageFiles } from './page-files.js';
import { Passage } from './passage.js';
import { Previews } from './previews.js';
import { refusal } from './request-guard.js';
import { Sessions } from './session.js';
import { Streams } from './streams.js';

/** The longest body of a request that the dashboard itself answers. */
const MOST_BODY_BYTES = 4096;

/** A cluster that the dashboard shows. */
export interface DashboardContext {
  readonly name: string;
  /** The namespace that users begin in who may not list namespaces. */
  readonly namespace: string;
  /** Called when a browser first asks for this context. */
  readonly config: () => Promise<ClusterConfig>;
}

/** Settings of a dashboard. */
export interface DashboardOptions {
  /** The first one is shown first. */
  readonly contexts: readonly DashboardContext[];
  /** 0 takes a free port. */
  readonly port: number;
  /** The address to listen on. */
  readonly address: string;
  /** The folder of the built page. */
  readonly page: URL;
  /** Receives the code for another browser, each time the last one was used. */
  readonly onCode: (code: string) => void;
}

/** A dashboard that runs. */
export interface Dashboard {
  /** Such as `http://127.0.0.1:8002`. */
  readonly url: string;
  /** The code that signs the first browser in. */
  readonly code: string;
  close(): Promise<void>;
}

/** Starts a dashboard. Rejects with a `ConfigError` if the page is not built or the port cannot be had. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const page = await PageFiles.read(options.page);
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 });
  await listen(server, options);
  const { port, address, family } = server.address() as AddressInfo;
  const sessions = new Sessions(port, options.onCode);
  const site = new Site(options, page, sessions);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    // A browser that leaves in the middle of a request makes reading fail.
    site.answer(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    site.answer(request, response, { socket, head }).catch(() => socket.destroy());
  });
  const close = async () => {
    await site.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const host = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${host}:${port}`, code: sessions.code, close };
}

/** Answers the requests of browsers. */
class Site {
  readonly #options: DashboardOptions;
  readonly #page: PageFiles;
  readonly #sessions: Sessions;
  readonly #previews = new Previews((name) => this.#passage(name));
  readonly #streams = new Streams((name) => this.#passage(name));
  readonly #passages = new Map<string, Promise<Passage>>();

  constructor(options: DashboardOptions, page: PageFiles, sessions: Sessions) {
    this.#options = options;
    this.#page = page;
    this.#sessions = sessions;
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    upgrade?: { readonly socket: Duplex; readonly head: Uint8Array },
  ): Promise<void> {
    const target = request.url ?? '/';
    const [path = '/'] = target.split('?', 1);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isPage =
      isRead && upgrade === undefined && !/^\/(?:clusters|session|contexts|streams|previews)(?:\/|$)/.test(path);
    const why = refusal(request, this.#options.address, isPage);
    if (why !== undefined) return refuse(response, 403, why);
    if (isPage) return this.#page.serve(path, response, request.method === 'HEAD');
    if (path === '/session') return this.#session(request, response);
    if (!this.#sessions.has(request.headers.cookie)) return refuse(response, 401, 'sign in first');
    if (path === '/contexts' && isRead) return this.#contexts(response);
    if (path === '/streams' && upgrade !== undefined) {
      response.detachSocket(upgrade.socket as Socket);
      await this.#streams.accept(request, upgrade.socket, upgrade.head);
      return;
    }
    if (path === '/previews' && request.method === 'POST') return this.#preview(request, response);
    const [, name, rest] = /^\/clusters\/([^/]+)(\/.*)$/.exec(target) ?? [];
    if (name === undefined || rest === undefined) return refuse(response, 404, 'there is no such path');
    try {
      const passage = await this.#passage(decodeURIComponent(name));
      if (passage === undefined) return refuse(response, 404, 'there is no such context');
      passage.pass(request, rest, response, upgrade);
    } catch (error) {
      refuse(response, 502, error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    await this.#previews.close();
    for (const passage of this.#passages.values()) passage.then((one) => one.close()).catch(() => {});
  }

  async #session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'DELETE') this.#sessions.end(request.headers.cookie);
    if (request.method !== 'POST') return refuse(response, request.method === 'DELETE' ? 204 : 405, '');
    const cookie = this.#sessions.begin(await shortBody(request));
    if (cookie === undefined) return refuse(response, 403, 'the code is wrong or was used before');
    response.setHeader('set-cookie', cookie);
    refuse(response, 204, '');
  }

  async #preview(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { port } = await this.#previews.open(JSON.parse(await shortBody(request)));
      json(response, 201, { port });
    } catch (error) {
      refuse(response, 422, error instanceof Error ? error.message : String(error));
    }
  }

  #contexts(response: ServerResponse): void {
    json(response, 200, { contexts: this.#options.contexts.map(({ name, namespace }) => ({ name, namespace })) });
  }

  async #passage(name: string): Promise<Passage | undefined> {
    const context = this.#options.contexts.find((one) => one.name === name);
    if (context === undefined) return undefined;
    const known = this.#passages.get(name);
    if (known !== undefined) return known;
    const made = context.config().then((config) => new Passage(config));
    this.#passages.set(name, made);
    made.catch(() => this.#passages.delete(name));
    return made;
  }
}

/** Reads a body. What is longer than the dashboard's own requests are is cut off. */
async function shortBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) if (text.length < MOST_BODY_BYTES) text += String(chunk);
  return text.slice(0, MOST_BODY_BYTES);
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, text: string): void {
  const body = text === '' ? '' : `${text}\n`;
  const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  response.writeHead(status, status === 204 ? {} : { ...type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function listen(server: Server, { port, address }: DashboardOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `cannot listen on address ${address} and port ${port}: ${error.code ?? error.message}. Choose another one.`;
      reject(new ConfigError(message, { cause: error }));
    });
    server.listen(port, address, resolve);
  });
  server.removeAllListeners('error');
  // Afterwards an error is a connection that could not be accepted.
  server.on('error', () => {});
}
