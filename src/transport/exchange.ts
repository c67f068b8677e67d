import type { Dispatcher } from 'undici';
import { isKubeError, TimeoutError } from '../errors/index.js';
import { onAbort } from '../util/abort.js';
import type { Clock, Timer } from '../util/clock.js';
import { nextTurn } from '../util/next-turn.js';
import type { Deadlines } from './deadlines.js';
import { pathOnly, type RequestStartEvent, requestChannels } from './events.js';
import { networkError } from './network-error.js';
import { PushedBody } from './pushed-body.js';
import type { TransportRequest, TransportResponse } from './transport.js';

/** One request and its response on undici: its deadlines, its signal, and the way of its chunks to the reader. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: TransportRequest;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #body: PushedBody;
  #controller: Dispatcher.DispatchController | undefined;
  #settle: { resolve(response: TransportResponse): void; reject(error: unknown): void } | undefined;
  #headersTimer: Timer | undefined;
  /** Over the whole of a unary call, or the idle time of a stream. */
  #timer: Timer | undefined;
  #forgetSignal: () => void = () => {};
  /** Set once nothing more may come: what undici still reports is not news. */
  #over = false;
  #lastByte = 0;
  #waiting: Set<unknown> | undefined;
  readonly #event: RequestStartEvent;
  readonly #startedAt: number;
  #status: number | undefined;
  #bytesReceived = 0;

  constructor(request: TransportRequest, host: string, deadlines: Deadlines, clock: Clock, maxBodyBytes: number) {
    this.#request = request;
    const { method, kind, attempt = 0 } = request;
    const path = pathOnly(request.path);
    this.#event = { request: this, method, path, host, kind, bytesSent: request.body?.length ?? 0, attempt };
    this.#startedAt = clock.now();
    this.#deadlines = deadlines;
    this.#clock = clock;
    const source = {
      pause: () => this.#controller?.pause(),
      resume: () => {
        this.#lastByte = clock.now();
        this.#controller?.resume();
      },
      abandon: (error: Error) => this.#stop(error),
    };
    // Streams are read in place.
    this.#body = new PushedBody(maxBodyBytes, source, kind === 'stream');
  }

  /** `waiting` holds the exchanges that have no connection yet. Sends. Resolves with the headers; rejects with a `NetworkError`, a `TimeoutError` or the signal's reason. */
  start(
    dispatcher: Dispatcher,
    options: Dispatcher.DispatchOptions,
    waiting: Set<unknown>,
  ): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (requestChannels.start.hasSubscribers) requestChannels.start.publish(this.#event);
      if (this.#request.kind === 'unary') {
        const timeoutMs = this.#request.timeoutMs ?? this.#deadlines.unaryMs;
        this.#timer = this.#clock.setTimer(timeoutMs, () => this.#timeout('body', timeoutMs, 'no complete answer'));
      }
      this.#forgetSignal = onAbort(this.#request.signal, (reason) => this.#fail(reason));
      if (this.#over) return;
      this.#waiting = waiting.add(this);
      try {
        dispatcher.dispatch(options, this);
      } catch (error) {
        this.#fail(networkError(error, this.#request, false));
      }
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#waiting?.delete(this);
    if (this.#over) {
      controller.abort(new Error('aborted before it was sent'));
      return;
    }
    this.#controller = controller;
    const { headersMs } = this.#deadlines;
    this.#headersTimer = this.#clock.setTimer(headersMs, () => this.#timeout('headers', headersMs, 'no answer'));
  }

  onResponseStart(_controller: unknown, status: number, headers: TransportResponse['headers']): void {
    if (this.#over || status < 200) return;
    this.#status = status;
    this.#headersTimer?.cancel();
    if (requestChannels.headers.hasSubscribers) {
      requestChannels.headers.publish({ ...this.#event, status, durationMs: this.#clock.now() - this.#startedAt });
    }
    if (this.#request.kind === 'stream')
      this.#watchIdle(Math.min(this.#request.timeoutMs ?? Infinity, this.#deadlines.idleMs));
    this.#settle?.resolve({ status, headers, body: this.#body });
    this.#settle = undefined;
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (this.#over) return;
    this.#lastByte = this.#clock.now();
    this.#bytesReceived += chunk.length;
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#release();
    if (this.#request.kind === 'stream') this.#body.end();
    // undici frees the connection in the next turn; a caller who goes on at once would get a second one.
    else nextTurn(() => this.#body.end());
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#over) return;
    const cause = networkError(error, this.#request, this.#controller !== undefined);
    this.#release(cause);
    // What arrived before the connection broke is still delivered.
    this.#body.end(cause);
    this.#reject(cause);
  }

  /** Ends it from this side: at once, whatever is still waiting to be read. */
  #fail(error: unknown): void {
    if (this.#over) return;
    this.#stop(error);
    this.#body.fail(error);
    this.#reject(error);
  }

  #stop(error: unknown): void {
    if (this.#over) return;
    this.#release(error);
    this.#controller?.abort(error instanceof Error ? error : new Error('aborted', { cause: error }));
  }

  #reject(error: unknown): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #release(error?: unknown): void {
    this.#over = true;
    this.#publishEnd(error);
    this.#waiting?.delete(this);
    this.#timer?.cancel();
    this.#headersTimer?.cancel();
    this.#forgetSignal();
  }

  #publishEnd(error: unknown): void {
    if (!requestChannels.end.hasSubscribers) return;
    requestChannels.end.publish({
      ...this.#event,
      ...(this.#status === undefined ? {} : { status: this.#status }),
      durationMs: this.#clock.now() - this.#startedAt,
      bytesReceived: this.#bytesReceived,
      ...(error === undefined ? {} : { error: isKubeError(error) ? error.code : 'aborted' }),
    });
  }

  #timeout(deadline: 'headers' | 'body' | 'idle', timeoutMs: number, what: string): void {
    const { method, path } = this.#request;
    const where = `${method} ${path.split('?', 1)[0]}`;
    this.#fail(new TimeoutError(`${where}: ${what} within ${timeoutMs} ms`, { deadline, timeoutMs }));
  }

  /** One timer that looks now and then how long ago the last byte came: cheaper than a new timer for every chunk. */
  #watchIdle(idleMs: number): void {
    this.#lastByte = this.#clock.now();
    const look = () => {
      const quietMs = this.#body.paused ? 0 : this.#clock.now() - this.#lastByte;
      if (quietMs >= idleMs) this.#timeout('idle', idleMs, 'not a byte');
      else this.#timer = this.#clock.setTimer(idleMs - quietMs, look);
    };
    look();
  }
}
