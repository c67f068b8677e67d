import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { isObject } from '../util/json-value.js';
import type { Passage } from './passage.js';

/** The streams that one page may have open. */
const MOST_STREAMS = 200;
const MOST_MESSAGE_BYTES = 64 * 1024;

/** Finds the way to a context; undefined if the name is unknown. */
export type FindPassage = (context: string) => Promise<Passage | undefined>;

/**
 * Watches and logs of a page, over one WebSocket. A browser opens six connections to a host at most, and a page with more watches would
 * hang. The page sends `{ id, context, path, accept }` to open a stream and `{ id }` to close it; it receives `{ id, status }`, then
 * `{ id, data }` for each piece of text, then `{ id, end: true }`.
 */
export class Streams {
  readonly #find: FindPassage;
  #server: Promise<WebSocketServer> | undefined;

  constructor(find: FindPassage) {
    this.#find = find;
  }

  /** Takes over a connection that asks for a WebSocket. */
  async accept(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    this.#server ??= import('ws').then(
      (ws) => new ws.WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false }),
    );
    const server = await this.#server;
    server.handleUpgrade(request, socket, Buffer.from(head), (opened) => new Page(opened, this.#find));
  }
}

/** The streams of one page. */
class Page {
  readonly #socket: WebSocket;
  readonly #find: FindPassage;
  readonly #open = new Map<number, AbortController>();

  constructor(socket: WebSocket, find: FindPassage) {
    this.#socket = socket;
    this.#find = find;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const stop of this.#open.values()) stop.abort();
    });
  }

  #receive(text: string): void {
    const message = parsed(text);
    if (!isObject(message) || typeof message.id !== 'number') {
      this.#socket.close(1008, 'not a message');
      return;
    }
    const { id, context, path, accept } = message;
    if (typeof path !== 'string') {
      this.#open.get(id)?.abort();
      return;
    }
    if (this.#open.size >= MOST_STREAMS || this.#open.has(id)) {
      this.#send({ id, status: 429 }, { id, end: true });
      return;
    }
    const stop = new AbortController();
    this.#open.set(id, stop);
    this.#run(id, String(context), path, typeof accept === 'string' ? accept : 'application/json', stop.signal)
      .catch((error) => {
        if (!stop.signal.aborted) this.#send({ id, status: 502 }, { id, data: String(error) });
      })
      .finally(() => {
        this.#open.delete(id);
        this.#send({ id, end: true });
      });
  }

  async #run(id: number, context: string, path: string, accept: string, signal: AbortSignal): Promise<void> {
    const passage = await this.#find(context);
    if (passage === undefined) {
      this.#send({ id, status: 404 });
      return;
    }
    const answer = await passage.get(path, accept, signal);
    this.#send({ id, status: answer.statusCode ?? 502 });
    const decoder = new TextDecoder();
    for await (const chunk of answer) {
      const data = JSON.stringify({ id, data: decoder.decode(chunk as Uint8Array, { stream: true }) });
      // A browser that reads slowly makes the stream wait, so that nothing piles up here.
      if (this.#socket.readyState === this.#socket.OPEN)
        await new Promise<void>((resolve) => this.#socket.send(data, () => resolve()));
    }
  }

  #send(...messages: readonly object[]): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    for (const message of messages) this.#socket.send(JSON.stringify(message));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
