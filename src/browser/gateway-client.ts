import type { KubeObject, Resource } from '../meta/resource.js';
import { type Random, systemRandom } from '../util/random.js';
import { type WebClock, webClock } from '../util/web-clock.js';
import type { Channel, Link } from './channel.js';
import { GatewayActions, type ObjectName } from './gateway-actions.js';
import { callGateway } from './gateway-call.js';
import { GatewaySocket, type GatewayState, type SocketLike } from './gateway-socket.js';
import { GatewayStream, linesOf } from './gateway-stream.js';
import { LiveQuery } from './live-query.js';
import type { ClientMessage, QueryOptions } from './protocol.js';
import { Snapshots, type Subscribe } from './snapshots.js';

/** The name of the WebSocket's subprotocol. */
const SUBPROTOCOL = 'keelson.gateway.v1';

/** Options of `connectGateway`. */
export interface GatewayOptions {
  /** The address of the gateway, relative to the page. Default: `/`. */
  readonly url?: string | URL | undefined;
  /** Default: the browser's own. */
  readonly webSocket?: (new (url: string, protocol: string) => SocketLike) | undefined;
  /** Times waits and signs of life. Default: the real clock. */
  readonly clock?: WebClock | undefined;
  /** Draws the random part of waits. Default: the runtime's own. */
  readonly random?: Random | undefined;
  /** Closes the connection, and everything on it. */
  readonly signal?: AbortSignal | undefined;
  /** Asked after an attempt to connect failed: is that because the user is not signed in? Default: asks the gateway over HTTP. */
  readonly isSignedOut?: (() => Promise<boolean>) | undefined;
}

/** Where logs come from, and which. */
export interface LogsParams extends ObjectName {
  readonly cluster?: string | undefined;
  /** `Pod` by default; `Deployment` and other workloads lead to one of their pods. */
  readonly kind?: string | undefined;
  readonly container?: string | undefined;
  readonly follow?: boolean | undefined;
  /** The number of lines from the end. */
  readonly tail?: number | undefined;
  readonly sinceSeconds?: number | undefined;
  readonly previous?: boolean | undefined;
  readonly timestamps?: boolean | undefined;
}

/** A container to attach to. */
export interface AttachParams extends ObjectName {
  readonly cluster?: string | undefined;
  readonly container?: string | undefined;
  readonly tty?: boolean | undefined;
  /** The size of the terminal, in characters. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** A command to run in a container. */
export interface ExecParams extends AttachParams {
  readonly command: readonly string[];
}

/** A port of a pod or service. */
export interface PortParams extends ObjectName {
  readonly cluster?: string | undefined;
  readonly kind?: string | undefined;
  readonly port: number;
}

/**
 * Makes the page's connection to a gateway of `keelson/gateway`. It is opened when something needs it first, shared by all queries,
 * actions and streams, and comes back by itself.
 */
export function connectGateway(options: GatewayOptions = {}): GatewayClient {
  return new GatewayClient(options);
}

/** The page's connection to a gateway. Works in pages and workers. */
export class GatewayClient implements Disposable {
  /** The actions of the user. */
  readonly actions: GatewayActions;
  readonly #socket: GatewaySocket;
  readonly #state: Snapshots<GatewayState>;
  readonly #channels = new Map<number, Channel>();
  readonly #link: Link;
  readonly #wakeUp = () => {
    if (this.#socket.state === 'connecting') this.#socket.connect();
  };
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.close();
  #lastId = 0;

  /** @internal Made by `connectGateway`. */
  constructor(options: GatewayOptions) {
    const url = new URL(options.url ?? '/', pageAddress());
    const WebSocket = options.webSocket ?? (globalThis as unknown as Page).WebSocket;
    if (WebSocket === undefined)
      throw new TypeError('cannot connect to the gateway: pass webSocket, for there is none here');
    this.#state = new Snapshots<GatewayState>('idle');
    this.subscribe = this.#state.subscribe;
    this.getSnapshot = this.#state.getSnapshot;
    this.#socket = new GatewaySocket({
      open: () => new WebSocket(url.href.replace(/^http/, 'ws'), SUBPROTOCOL),
      clock: options.clock ?? webClock,
      random: options.random ?? systemRandom,
      onMessage: (message) => this.#channels.get(message.id)?.receive(message),
      onState: (state) => this.#onState(state),
      isSignedOut: options.isSignedOut ?? (() => isSignedOut(url)),
      probe: () => void this.actions.me().catch(() => {}),
    });
    this.#link = {
      attach: (channel) => this.#attach(channel),
      detach: (id) => void this.#channels.delete(id),
      send: (message: ClientMessage) => this.#socket.send(message),
    };
    this.actions = new GatewayActions((action, params, signal) => callGateway(this.#link, action, params, signal));
    (globalThis as unknown as Page).addEventListener?.('online', this.#wakeUp);
    this.#signal = options.signal;
    if (options.signal?.aborted) this.close();
    else options.signal?.addEventListener('abort', this.#onAbort);
  }

  /** Calls a listener whenever the connection's state changes, until the signal. Returns the way to stop. */
  readonly subscribe: Subscribe<GatewayState>;

  /** Returns the connection's state. */
  readonly getSnapshot: () => GatewayState;

  /** Makes a live query. It opens with its first subscriber. */
  live<T extends KubeObject>(kind: Resource<T>, options: QueryOptions = {}): LiveQuery<T> {
    return new LiveQuery<T>(this.#link, kind, options);
  }

  /** Makes a live query of one object: its snapshots have one row, or none if the object is not there. */
  liveObject<T extends KubeObject>(
    kind: Resource<T>,
    { name, namespace }: ObjectName,
    options: Pick<QueryOptions, 'cluster' | 'columns'> = {},
  ): LiveQuery<T> {
    const where = [{ path: 'metadata.name', is: '=' as const, value: name }];
    return this.live(kind, { ...options, namespace, where, window: { from: 0, to: 1 } });
  }

  /** Yields lines of logs. Leaving the loop ends them. */
  logs(params: LogsParams, signal?: AbortSignal): AsyncGenerator<string> {
    return linesOf(new GatewayStream(this.#link, 'logs', params, signal));
  }

  /** Runs a command in a container. Its `end` is `{ exitCode }`. */
  exec(params: ExecParams, signal?: AbortSignal): GatewayStream {
    return new GatewayStream(this.#link, 'exec', params, signal);
  }

  /** Attaches to the main process of a container. */
  attach(params: AttachParams, signal?: AbortSignal): GatewayStream {
    return new GatewayStream(this.#link, 'attach', params, signal);
  }

  /** Connects to a port of a pod or service. Data is base64 both ways. */
  connectPort(params: PortParams, signal?: AbortSignal): GatewayStream {
    return new GatewayStream(this.#link, 'connect', params, signal);
  }

  /** Connects now: after the user has signed in, or to end a wait. */
  connect(): void {
    this.#socket.connect();
  }

  /** Ends the connection for good, and everything on it. */
  close(): void {
    (globalThis as unknown as Page).removeEventListener?.('online', this.#wakeUp);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #attach(channel: Channel): number {
    const id = ++this.#lastId;
    this.#channels.set(id, channel);
    if (this.#socket.state === 'idle') this.#socket.connect();
    // Whoever attaches knows the id before anything happens to its channel.
    else queueMicrotask(() => this.#begin(id, channel));
    return id;
  }

  #begin(id: number, channel: Channel): void {
    const { state } = this.#socket;
    if (state === 'open' && this.#channels.get(id) === channel) channel.start(id);
    else if (isFinal(state)) channel.lost(true);
  }

  #onState(state: GatewayState): void {
    if (state === 'open') for (const [id, channel] of [...this.#channels]) channel.start(id);
    else for (const channel of [...this.#channels.values()]) channel.lost(isFinal(state));
    this.#state.set(state);
  }
}

/** Returns whether nothing more happens by itself. */
function isFinal(state: GatewayState): boolean {
  return state === 'closed' || state === 'signed-out';
}

/** The globals of a page or a worker that are used. Node lacks some. */
interface Page {
  readonly WebSocket?: new (url: string, protocol: string) => SocketLike;
  readonly location?: { readonly href: string };
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

function pageAddress(): string | undefined {
  return (globalThis as unknown as Page).location?.href;
}

/** Asks the gateway over HTTP whether it knows the user. */
async function isSignedOut(url: URL): Promise<boolean> {
  try {
    const address = new URL('call', url.href.replace(/\/?$/, '/').replace(/^ws/, 'http'));
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ action: 'me', params: {} });
    return (await fetch(address, { method: 'POST', headers, body })).status === 401;
  } catch {
    return false;
  }
}
