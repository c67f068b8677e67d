import type { SocketLike } from '../../src/browser/gateway-socket.js';
import type { ClientMessage, QueryOptions, QueryRow, ServerMessage } from '../../src/browser/protocol.js';

/** A socket between a page and a `FakeGateway`. */
class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #gateway: FakeGateway;

  constructor(gateway: FakeGateway) {
    this.#gateway = gateway;
  }

  send(data: string): void {
    this.#gateway.take(this, JSON.parse(data) as ClientMessage);
  }

  close(): void {
    this.#gateway.left(this);
  }
}

type Handler = (message: ClientMessage, answer: (message: ServerMessage) => void) => void;

/** A gateway of a test, on the other end of sockets without a network. It keeps what it was told. */
export class FakeGateway {
  /** Every message that came, over all connections. */
  readonly received: ClientMessage[] = [];
  /** The number of connections that were tried. */
  attempts = 0;
  /** False while it turns connections away. */
  isUp = true;
  onClientMessage: Handler = () => {};
  #socket: FakeSocket | undefined;

  /** The constructor of sockets for `GatewayOptions.webSocket`. */
  readonly webSocket: new () => SocketLike = socketsOf(this);

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Sends a message to the page. */
  send(message: ServerMessage): void {
    this.#socket?.onmessage?.({ data: JSON.stringify(message) });
  }

  /** Cuts the connection. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.onclose?.();
  }

  take(socket: FakeSocket, message: ClientMessage): void {
    if (socket !== this.#socket) return;
    this.received.push(message);
    this.onClientMessage(message, (answer) => this.send(answer));
  }

  left(socket: FakeSocket): void {
    if (socket === this.#socket) this.#socket = undefined;
  }

  /** Lets a new socket in, or turns it away. */
  come(socket: FakeSocket): void {
    this.attempts++;
    if (this.isUp) {
      this.#socket = socket;
      socket.onopen?.();
    } else socket.onclose?.();
  }
}

function socketsOf(gateway: FakeGateway): new () => SocketLike {
  return class extends FakeSocket {
    constructor() {
      super(gateway);
      queueMicrotask(() => gateway.come(this));
    }
  };
}

/** Rows that change, and what the gateway would tell of them, from the rules of protocol.ts alone. */
export class FakeRows {
  readonly rows = new Map<string, number>();
  readonly #open = new Map<number, { query: QueryOptions; sent: Map<string, number>; order: string }>();

  forget(): void {
    this.#open.clear();
  }

  /** Takes a message of the page about queries. */
  take(message: ClientMessage): ServerMessage | undefined {
    if (message.type === 'open') this.#open.set(message.id, { query: message.query, sent: new Map(), order: '' });
    else if (message.type === 'close') this.#open.delete(message.id);
    else if (message.type === 'update') {
      const held = this.#open.get(message.id);
      if (held !== undefined) held.query = message.query;
    }
    if (message.type !== 'open' && message.type !== 'update') return undefined;
    const answer = this.#answer(message.id);
    return answer && { ...answer, from: message.query.window?.from ?? 0 };
  }

  /** Returns the differences that open queries have not been sent. */
  changes(): ServerMessage[] {
    return [...this.#open.keys()].map((id) => this.#answer(id)).filter((one) => one !== undefined);
  }

  /** Returns the keys and versions that a query with this window shows. */
  shown({ window = { from: 0, to: 50 } }: QueryOptions): [string, number][] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)).slice(window.from, window.to);
  }

  #answer(id: number): Extract<ServerMessage, { type: 'rows' }> | undefined {
    const held = this.#open.get(id);
    if (held === undefined) return undefined;
    const shown = this.shown(held.query);
    const order = shown.map(([key]) => key);
    const set: QueryRow[] = shown
      .filter(([key, version]) => held.sent.get(key) !== version)
      .map(([key, version]) => ({ key, object: { metadata: { name: key, generation: version } } }));
    const isMoved = held.order !== JSON.stringify(order);
    held.sent = new Map(shown);
    held.order = JSON.stringify(order);
    return { type: 'rows', id, total: this.rows.size, ...(isMoved && { order }), ...(set.length > 0 && { set }) };
  }
}
