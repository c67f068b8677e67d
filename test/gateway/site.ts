import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket from 'ws';
import type { ServerMessage } from '../../src/browser/protocol.js';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway-options.js';
import { createGateway } from '../../src/gateway/index.js';
import type { Cluster } from '../../src/sdk/index.js';

/** Makes a gateway whose users sign in with the cookie `user=NAME`. */
export function makeGateway(cluster: Cluster, options: Partial<GatewayOptions> = {}): Gateway {
  return createGateway({
    cluster,
    authenticate: (request) => {
      const user = /user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1];
      return user === undefined ? undefined : { user };
    },
    resources: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
    ...options,
  });
}

/** A platform's web server with a gateway on it: the cookie `user=NAME` signs in. */
export class Site {
  private constructor(
    readonly gateway: Gateway,
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(cluster: Cluster, options: Partial<GatewayOptions> = {}): Promise<Site> {
    const gateway = makeGateway(cluster, options);
    const server = createServer(gateway.node).on('upgrade', gateway.upgrade);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return Site.over(gateway, server);
  }

  /** Takes a web server that listens. */
  static over(gateway: Gateway, server: Server): Site {
    const { port } = server.address() as AddressInfo;
    return new Site(gateway, `http://127.0.0.1:${port}`, async () => {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  /** Opens a WebSocket as a page would. Resolves with it, or with the status of the refusal. */
  async socket({ path = '/k8s', headers = {}, protocol = 'keelson.gateway.v1' } = {}): Promise<TestSocket | number> {
    const socket = new WebSocket(this.url.replace('http', 'ws') + path, [protocol], {
      headers: { cookie: 'user=jane', ...headers },
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new TestSocket(socket)));
      socket.once('unexpected-response', (_, answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      socket.once('error', reject);
    });
  }

  /** Sends a POST as a page would. */
  post(body: unknown, headers: Record<string, string> = {}, path = '/k8s/call'): Promise<Response> {
    const sent = { 'content-type': 'application/json', cookie: 'user=jane', ...headers };
    return fetch(this.url + path, { method: 'POST', headers: sent, body: JSON.stringify(body) });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The WebSocket of a page. */
export class TestSocket {
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #waiting: (() => void)[] = [];

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)) as ServerMessage);
      for (const one of this.#waiting.splice(0)) one();
    });
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves with the first message that fits. */
  async next(fits: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (;;) {
      const found = this.received.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Runs an action. Resolves with its result or fault. */
  call(id: number, action: string, params: unknown): Promise<ServerMessage> {
    this.say({ type: 'call', id, action, params });
    return this.next((message) => message.id === id);
  }
}
