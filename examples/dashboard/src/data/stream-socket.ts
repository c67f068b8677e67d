import { ApiFailure } from './api.js';

interface StreamMessage {
  readonly id: number;
  readonly status?: number;
  readonly data?: string;
  readonly end?: true;
}

interface OpenStream {
  receive(message: StreamMessage): void;
  fail(error: Error): void;
}

/** The WebSocket that carries all watches and logs of the page: a browser opens six connections to a host at most. */
class StreamSocket {
  readonly #open = new Map<number, OpenStream>();
  #socket: WebSocket | undefined;
  #lastId = 0;

  /** Opens a stream, and returns the id to close it by. */
  open(
    request: { readonly context: string; readonly path: string; readonly accept: string },
    stream: OpenStream,
  ): number {
    const id = ++this.#lastId;
    this.#open.set(id, stream);
    this.#send({ id, ...request });
    return id;
  }

  close(id: number): void {
    if (this.#open.delete(id) && this.#socket?.readyState === WebSocket.OPEN) this.#send({ id });
  }

  #send(message: object): void {
    const socket = this.#connected();
    const text = JSON.stringify(message);
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
    else socket.addEventListener('open', () => socket.send(text), { once: true });
  }

  #connected(): WebSocket {
    if (this.#socket !== undefined && this.#socket.readyState <= WebSocket.OPEN) return this.#socket;
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/streams`);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as StreamMessage;
      this.#open.get(message.id)?.receive(message);
    };
    socket.onclose = () => {
      const ended = [...this.#open.values()];
      this.#open.clear();
      for (const stream of ended) stream.fail(new Error('the connection to the dashboard ended'));
    };
    this.#socket = socket;
    return socket;
  }
}

const socket = new StreamSocket();
/** A line that is longer ends the stream. */
const mostCharacters = 16 * 1024 * 1024;

/** Reads the lines of a GET as they come. Throws an `ApiFailure` for an answer that is not a success. */
export async function* streamLines(
  request: { readonly context: string; readonly path: string; readonly accept: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const queue: StreamMessage[] = [];
  const state: { wake: () => void; error?: Error } = { wake: () => {} };
  const id = socket.open(request, {
    receive(message) {
      queue.push(message);
      state.wake();
    },
    fail(error) {
      state.error = error;
      state.wake();
    },
  });
  const aborted = () => state.wake();
  signal.addEventListener('abort', aborted, { once: true });
  let rest = '';
  let status = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const message = queue.shift();
      if (message === undefined) {
        if (state.error !== undefined) throw state.error;
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
        continue;
      }
      status = message.status ?? status;
      rest += message.data ?? '';
      if (rest.length > mostCharacters) throw new Error('the server sent a line that is too long');
      if (status >= 400) {
        if (message.end) throw failureOf(status, rest);
        continue;
      }
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (message.end) break;
    }
    if (rest !== '') yield rest;
  } finally {
    signal.removeEventListener('abort', aborted);
    socket.close(id);
  }
}

function failureOf(status: number, text: string): ApiFailure {
  try {
    const { message = text, reason = '' } = JSON.parse(text) as { message?: string; reason?: string };
    return new ApiFailure(status, reason, message);
  } catch {
    return new ApiFailure(status, '', text || `status ${status}`);
  }
}
