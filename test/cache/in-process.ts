import type { Encoding } from '../../src/client/index.js';
import { NetworkError } from '../../src/errors/index.js';
import { Cluster } from '../../src/sdk/index.js';
import { ApiServer } from '../../src/server/index.js';
import type { ResponseBody, Transport, TransportRequest, TransportResponse } from '../../src/transport/transport.js';
import { abortable } from '../../src/util/abort.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { seededRandom } from '../../src/util/random.js';

/** Changes a response body on its way. Called for each chunk of a watch; may throw, wait or return pieces. */
export type Mangle = (chunk: Uint8Array, request: TransportRequest) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A transport into an API server in this process, whose faults a test can choose. */
export class TestTransport implements Transport {
  readonly requests: TransportRequest[] = [];
  /** The content types of the answers. */
  readonly contentTypes = new Set<string>();
  /** Returns the `Accept` header that the server sees instead of the client's. */
  accept: (request: TransportRequest) => string | undefined = () => undefined;
  /** Throws, or answers in place of the server. */
  intercept: (request: TransportRequest) => TransportResponse | undefined = () => undefined;
  mangle: Mangle = (chunk) => [chunk];
  readonly #open = new Set<AbortController>();

  /** The server may be exchanged for another one at the same address. */
  constructor(public server: ApiServer) {}

  /** The number of open streams. */
  get streams(): number {
    return this.#open.size;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const instead = this.intercept(request);
    if (instead !== undefined) return instead;
    const accept = this.accept(request);
    const controller = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, controller.signal]) : controller.signal;
    const answer = await abortable(
      this.server.handle({
        method: request.method,
        path: request.path,
        headers: accept === undefined ? (request.headers ?? {}) : { ...request.headers, accept },
        body: request.body,
        signal,
      }),
      signal,
    );
    this.contentTypes.add(String(answer.headers['content-type']));
    return {
      status: answer.status,
      headers: answer.headers,
      body: this.#body(answer.body, request, controller, signal),
    };
  }

  /** Breaks every open stream, as a network does. */
  cut(): void {
    for (const controller of this.#open) controller.abort(new NetworkError('the connection was reset'));
  }

  async close(): Promise<void> {
    this.cut();
  }

  #body(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    request: TransportRequest,
    controller: AbortController,
    signal: AbortSignal,
  ): ResponseBody {
    const consume = async (onChunk: (chunk: Uint8Array) => void | Promise<void>) => {
      if (source instanceof Uint8Array) {
        for await (const piece of this.mangle(source, request)) await onChunk(piece);
        return;
      }
      this.#open.add(controller);
      const chunks = source[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await abortable(chunks.next(), signal);
          if (next.done) return;
          const mangled = this.mangle(next.value, request);
          const pieces = Symbol.asyncIterator in mangled ? mangled[Symbol.asyncIterator]() : mangled[Symbol.iterator]();
          for (;;) {
            // A stall may never end, but for whoever is waiting giving up.
            const piece = await abortable(Promise.resolve(pieces.next()), signal);
            if (piece.done) break;
            await onChunk(piece.value);
          }
        }
      } finally {
        this.#open.delete(controller);
        controller.abort(new NetworkError('the client has gone'));
        chunks.return?.().catch(() => {});
      }
    };
    return {
      consume,
      async bytes() {
        const chunks: Uint8Array[] = [];
        await consume((chunk) => void chunks.push(Buffer.from(chunk)));
        return Buffer.concat(chunks);
      },
      cancel: () => controller.abort(new NetworkError('the client has gone')),
    };
  }
}

/** A server, a way to it, a handle and a clock that stands still. */
export function inProcess(
  seed = 1,
  encoding?: Encoding,
): {
  server: ApiServer;
  transport: TestTransport;
  cluster: Cluster;
  clock: FakeClock;
} {
  const clock = new FakeClock();
  const server = new ApiServer({ clock, random: seededRandom(seed), controllers: [], compactionIntervalMs: 0 });
  const transport = new TestTransport(server);
  const cluster = new Cluster(transport, { clock, random: seededRandom(seed + 1), encoding });
  return { server, transport, cluster, clock };
}

/** Lets everything run that can without time passing, until the condition holds. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  // A busy machine needs more turns than a quiet one: only the time tells that the condition does not come.
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} did not come to hold`);
}

/** Lets everything run that can without time passing. */
export async function quiet(turns = 40): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
