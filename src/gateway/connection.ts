import type { ClientMessage, QueryOptions, ServerMessage } from '../browser/protocol.js';
import { abortForMany } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { clusterNamed, runAction } from './actions/actions.js';
import { readMessage } from './client-messages.js';
import type { GatewayCluster } from './gateway-cluster.js';
import type { Caller } from './gateway-user.js';
import { OpenQuery } from './queries/open-query.js';
import type { RowTexts } from './queries/row-texts.js';
import { faultOf, isInternal, refusal } from './refusals.js';
import { openStream } from './streams/browser-streams.js';
import { EarlyInput } from './streams/early-input.js';
import { OutputWindow } from './streams/output-window.js';
import type { Counted, UserUsage } from './user-limits.js';

/** A browser with more unread characters than this gets no rows until it has read some. */
const BEHIND = 256 * 1024;
/** A browser with more unread characters than this does not read at all. */
const LOST = 32 * 1024 * 1024;

/** The socket of a browser, such as a `WebSocket` of `ws`. */
export interface BrowserSocket {
  readonly bufferedAmount: number;
  send(text: string, done?: (error?: Error) => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** The parts of the gateway that connections share. */
export interface ConnectionContext {
  readonly clusters: ReadonlyMap<string, GatewayCluster>;
  readonly offered: ReadonlySet<string> | undefined;
  readonly texts: RowTexts;
  readonly clock: Clock;
  readonly recheckMs: number;
  readonly onError: (error: unknown) => void;
  /** Called when the connection may have something to send that it could not send at once. */
  readonly onBehind: () => void;
}

/** A query, an action or a stream that the browser has begun, under the id that the browser chose. */
interface Begun {
  readonly counted: Counted;
  /** The query, once its kind was found. */
  query?: OpenQuery;
  /** The options of an update that came before the kind was found. */
  latest?: QueryOptions;
  /** The output and the input of a stream. */
  output?: OutputWindow;
  input?: EarlyInput;
  readonly ending: AbortController;
}

/** One connection of a browser: its queries, actions and streams. */
export class Connection {
  readonly #socket: BrowserSocket;
  readonly #user: Caller;
  readonly #usage: UserUsage;
  readonly #context: ConnectionContext;
  readonly #begun = new Map<number, Begun>();
  readonly #closing = abortForMany();

  constructor(socket: BrowserSocket, user: Caller, usage: UserUsage, context: ConnectionContext) {
    this.#socket = socket;
    this.#user = user;
    this.#usage = usage;
    this.#context = context;
  }

  /** The number of open queries. */
  get queries(): number {
    return this.#all('queries').length;
  }

  /** Takes a message of the browser. A message that cannot be read ends the connection. */
  receive(text: string): void {
    if (this.#closing.signal.aborted) return;
    let message: ClientMessage;
    try {
      message = readMessage(text);
    } catch (error) {
      this.#send({ type: 'fault', id: 0, fault: faultOf(error) });
      this.close();
      this.#socket.close(1008, 'the message cannot be read');
      return;
    }
    const { id } = message;
    switch (message.type) {
      case 'open':
        this.#begin(id, 'queries', (begun) => this.#open(begun, message));
        return;
      case 'call':
        this.#begin(id, 'actions', (begun) => this.#call(begun, message));
        return;
      case 'update':
        this.#update(id, message.query);
        return;
      case 'close':
        this.#end(id);
        return;
      case 'stream':
        this.#begin(id, 'streams', (begun) => this.#stream(begun, message));
        return;
      case 'read':
        this.#begun.get(id)?.output?.read(message.length);
        return;
      case 'resize':
      case 'input':
        this.#input(message);
    }
  }

  /** Sends what is new. Returns false if the browser has to read first. */
  flush(): boolean {
    for (const [id, { query }] of this.#begun) {
      if (this.#socket.bufferedAmount > BEHIND) return this.#isBehind();
      try {
        const message = query?.message();
        if (message !== undefined) this.#socket.send(message);
      } catch (error) {
        // One query that cannot be answered must not stop the others, nor other browsers.
        this.#fault(id, error);
      }
    }
    return true;
  }

  /** Looks at the rights behind each query again. */
  async recheck(): Promise<void> {
    await Promise.all(this.#all('queries').map(({ query }) => query?.recheck()));
  }

  /** Ends everything that the connection has. The socket is closed by the caller. */
  close(): void {
    this.#closing.abort(new DOMException('the connection ended', 'AbortError'));
    for (const id of [...this.#begun.keys()]) this.#end(id);
  }

  #all(counted: Counted): Begun[] {
    return [...this.#begun.values()].filter((one) => one.counted === counted);
  }

  /** Begins something under an id. A failure ends it with a fault. */
  #begin(id: number, counted: Counted, run: (begun: Begun) => Promise<void>): void {
    const begun: Begun = { counted, ending: abortForMany() };
    try {
      if (this.#begun.has(id)) throw refusal(400, `the id ${id} is in use`);
      this.#usage.take(counted);
    } catch (error) {
      this.#send({ type: 'fault', id, fault: faultOf(error) });
      return;
    }
    this.#begun.set(id, begun);
    run(begun).catch((error) => {
      if (!begun.ending.signal.aborted) this.#fault(id, error);
    });
  }

  async #open(begun: Begun, { id, kind, query: options }: ClientMessage & { readonly type: 'open' }): Promise<void> {
    const cluster = clusterNamed(this.#context.clusters, options.cluster);
    const resource = await cluster.kinds.find(kind);
    const { signal } = begun.ending;
    if (signal.aborted) return;
    const { texts, clock, recheckMs } = this.#context;
    const query = new OpenQuery({
      ...{ id, user: this.#user, cluster, resource, texts, clock, recheckMs },
      pace: () => this.#usage.pace(signal),
      onReady: () => {
        if (!this.flush()) this.#context.onBehind();
      },
      onFault: (error) => this.#fault(id, error),
    });
    begun.query = query;
    query.update(begun.latest ?? options);
  }

  #update(id: number, options: QueryOptions): void {
    const begun = this.#begun.get(id);
    if (begun?.query !== undefined) begun.query.update(options);
    else if (begun?.counted === 'queries') begun.latest = options;
  }

  async #call(begun: Begun, { id, action, params }: ClientMessage & { readonly type: 'call' }): Promise<void> {
    const { signal } = begun.ending;
    const { clusters, offered } = this.#context;
    const value = (await runAction({ user: this.#user, clusters, offered, signal }, action, params)) ?? null;
    if (signal.aborted) return;
    // The action counts until its result has left, so that a browser that does not read cannot pile up results.
    this.#send({ type: 'result', id, value }, () => this.#end(id));
  }

  async #stream(begun: Begun, { id, stream, params }: ClientMessage & { readonly type: 'stream' }): Promise<void> {
    const { signal } = begun.ending;
    const { clusters, offered } = this.#context;
    const output = new OutputWindow((data, from) => {
      if (!signal.aborted) this.#send({ type: 'output', id, data, from });
    });
    begun.output = output;
    begun.input = new EarlyInput();
    const opened = await openStream({ user: this.#user, clusters, offered, signal, output }, stream, params);
    begun.input.open(opened);
    const value = await opened.end;
    if (signal.aborted) return;
    this.#send(value === undefined ? { type: 'end', id } : { type: 'end', id, value });
    this.#end(id);
  }

  #input(message: ClientMessage & { readonly type: 'input' | 'resize' }): void {
    const input = this.#begun.get(message.id)?.input;
    if (input === undefined) return;
    try {
      if (message.type === 'resize') input.resize(message.columns, message.rows);
      else if (message.data !== undefined) input.write(message.data);
      if (message.type === 'input' && message.end === true) input.endInput();
    } catch (error) {
      this.#fault(message.id, error);
    }
  }

  #end(id: number): void {
    const begun = this.#begun.get(id);
    if (begun === undefined) return;
    this.#begun.delete(id);
    begun.ending.abort(new DOMException('the browser ended it', 'AbortError'));
    begun.query?.end();
    begun.output?.close();
    this.#usage.release(begun.counted);
  }

  #fault(id: number, error: unknown): void {
    this.#end(id);
    if (this.#closing.signal.aborted) return;
    if (isInternal(error)) this.#context.onError(error);
    this.#send({ type: 'fault', id, fault: faultOf(error) });
  }

  #send(message: ServerMessage, done?: () => void): void {
    this.#socket.send(JSON.stringify(message), done);
    this.#isBehind();
  }

  #isBehind(): false {
    if (this.#socket.bufferedAmount > LOST) this.#socket.terminate();
    return false;
  }
}
