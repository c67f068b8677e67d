import { connect, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The faults that a `FaultProxy` applies to a connection. */
export type Fault =
  /** Nothing: bytes go both ways. */
  | { readonly kind: 'none' }
  /** Nobody listens: connections are refused. */
  | { readonly kind: 'refuse' }
  /** Accepts, and breaks the connection before the server has said a byte. */
  | { readonly kind: 'reset-before' }
  /** Breaks the connection after so many bytes of the server's answer. */
  | { readonly kind: 'reset-after'; readonly bytes: number }
  /** Accepts (for TLS, with a whole handshake), takes everything in, and says nothing. */
  | { readonly kind: 'black-hole' }
  /** Accepts and says nothing from the first byte: for TLS, there is no handshake. */
  | { readonly kind: 'black-hole-handshake' }
  /** Goes silent after so many bytes of the server's answer. */
  | { readonly kind: 'black-hole-after'; readonly bytes: number }
  /** Hands the answer on in pieces of so many bytes, one per `step()`. */
  | { readonly kind: 'drip'; readonly bytes: number }
  /** Holds the answer back until `step()`. */
  | { readonly kind: 'delay' }
  /** Breaks the connection when the client has begun to speak: for TLS, in the middle of the handshake. */
  | { readonly kind: 'cut-handshake' }
  /** Answers every request by itself, without asking the server. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: { readonly [name: string]: string };
      readonly body?: string;
    };

/** So many requests are remembered. */
const MOST_REQUESTS = 10_000;

interface Connection {
  readonly client: Socket;
  readonly upstream: Socket | undefined;
  /** The bytes that `step()` releases. */
  held: Buffer;
}

/**
 * A proxy in front of a server that does harm on demand: to the bytes of a TCP connection or, given a certificate, to those inside a TLS
 * connection that ends here. The fault of a connection is taken from the plan when it is made; the plan
 * holds the last one for all that follow. It knows no time: what waits, waits for `step()`, and `silent` tells when nothing more will come.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: { readonly host: string; readonly port: number };
  #plan: Fault[] = [{ kind: 'none' }];
  #server: Server | undefined;
  #port = 0;
  readonly #open = new Set<Connection>();
  /** Connections ever made. */
  accepted = 0;
  /** The requests that came last, by their first lines; not more than ten thousand. */
  readonly requests: string[] = [];
  readonly #tls: { readonly cert: string; readonly key: string } | undefined;
  #onSilent: () => void = () => {};

  private constructor(target: { host: string; port: number }, tls: { cert: string; key: string } | undefined) {
    this.#target = target;
    this.#tls = tls;
  }

  /** Starts in front of the server at `url`, which is plain HTTP. With a certificate, clients come by https. */
  static async start(url: string, tls?: { cert: string; key: string }): Promise<FaultProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new FaultProxy({ host: hostname, port: Number(port) }, tls);
    await proxy.#listen();
    return proxy;
  }

  /** Where clients come in. */
  get url(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Resolves when the next connection has gone silent or holds something back: from then on only time passes. */
  silent(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSilent = resolve;
    });
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** The faults of the connections to come, one each; the last one stays. Those that are open are cut. */
  async plan(...faults: readonly [Fault, ...Fault[]]): Promise<void> {
    this.#plan = [...faults];
    for (const { client, upstream } of this.#open) {
      client.destroy();
      upstream?.destroy();
    }
    const refuse = faults[0].kind === 'refuse';
    if (refuse) await this.#stop();
    else if (this.#server === undefined) await this.#listen();
  }

  /** Changes what happens from now on to connections that are open: they go silent, as if a load balancer forgot them. */
  freeze(): void {
    for (const { client, upstream } of this.#open) {
      upstream?.removeAllListeners('data');
      upstream?.pause();
      client.pause();
    }
  }

  /** Breaks all open connections. */
  cut(): void {
    for (const { client, upstream } of this.#open) {
      client.destroy();
      upstream?.destroy();
    }
  }

  /** Lets delayed answers go, and each dripping one by one piece. True: something is still held back. */
  step(bytes = Number.POSITIVE_INFINITY): boolean {
    let more = false;
    for (const connection of this.#open) {
      const piece = connection.held.subarray(0, bytes);
      connection.held = connection.held.subarray(piece.length);
      if (piece.length > 0) connection.client.write(piece);
      more ||= connection.held.length > 0;
    }
    return more;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, upstream } of this.#open) {
      client.destroy();
      upstream?.destroy();
    }
    await this.#stop();
  }

  async #listen(): Promise<void> {
    const server = createServer({ pauseOnConnect: false }, (client) => this.#accept(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #accept(raw: Socket): void {
    this.accepted++;
    const fault = (this.#plan.length > 1 ? this.#plan.shift() : this.#plan[0]) ?? { kind: 'none' };
    raw.setNoDelay(true);
    const atTcp = this.#tls === undefined || fault.kind === 'cut-handshake' || fault.kind === 'black-hole-handshake';
    const client = atTcp ? raw : new TLSSocket(raw, { isServer: true, ...this.#tls });
    raw.on('error', () => client.destroy());
    const asks = ['none', 'reset-after', 'black-hole-after', 'drip', 'delay'].includes(fault.kind);
    const upstream = asks ? connect(this.#target) : undefined;
    const connection: Connection = { client, upstream, held: Buffer.alloc(0) };
    this.#open.add(connection);
    const leave = () => {
      this.#open.delete(connection);
      client.destroy();
      upstream?.destroy();
    };
    for (const socket of [client, upstream]) socket?.on('error', leave).on('close', leave);
    client.on('data', (chunk) => {
      const end = chunk.subarray(0, 2000).indexOf(' HTTP/1.1\r');
      const line = end > 0 ? /^[A-Z]+ \/.*/.exec(chunk.toString('latin1', 0, end))?.[0] : undefined;
      if (line !== undefined && this.requests.push(line) > MOST_REQUESTS) this.requests.shift();
      if (fault.kind === 'answer') client.write(scripted(fault));
      else if (fault.kind === 'reset-before' || fault.kind === 'cut-handshake') reset(client, raw);
      else if (upstream === undefined) this.#onSilent();
      else upstream.write(chunk);
    });
    if (upstream !== undefined) this.#answer(connection, upstream, fault);
  }

  #answer(connection: Connection, upstream: Socket, fault: Fault): void {
    const { client } = connection;
    let passed = 0;
    upstream.on('data', (chunk: Buffer) => {
      switch (fault.kind) {
        case 'reset-after':
        case 'black-hole-after': {
          const piece = chunk.subarray(0, Math.max(0, fault.bytes - passed));
          passed += piece.length;
          if (piece.length > 0) client.write(piece);
          if (passed < fault.bytes) return;
          if (fault.kind === 'black-hole-after') return this.#onSilent();
          // A reset throws away what has not left yet: the piece goes first.
          setImmediate(() => client.destroy());
          upstream.destroy();
          return;
        }
        case 'drip':
        case 'delay':
          connection.held = Buffer.concat([connection.held, chunk]);
          return this.#onSilent();
        default:
          client.write(chunk);
      }
    });
  }
}

function reset(client: Socket, raw: Socket): void {
  raw.resetAndDestroy();
  client.destroy();
}

function scripted(fault: Extract<Fault, { kind: 'answer' }>): string {
  const body = fault.body ?? '';
  const headers = Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...fault.headers });
  return `HTTP/1.1 ${fault.status} Scripted\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
