import { Agent } from 'node:http';
import type { Random } from '../../src/util/random.js';
import { Choice } from './choice.js';
import type { SeedRequest } from './corpus.js';
import { type FuzzRequest, mutateRequest } from './mutate-request.js';
import { rawRequest } from './raw-requests.js';
import { type FuzzAnswer, send, sendRaw } from './send.js';
import type { Stall } from './stall-monitor.js';
import type { Target } from './target.js';

/** One thing that must not happen, and the request that led to it, where one is known. */
export interface Finding {
  readonly kind: 'error' | 'hang' | 'cut' | 'stall' | 'fault' | 'memory';
  readonly detail: string;
  readonly request?: FuzzRequest | undefined;
}

/** Options of `fuzz`. */
export interface FuzzOptions {
  readonly target: Target;
  readonly corpus: readonly SeedRequest[];
  readonly random: Random;
  readonly requests: number;
  /** Called after each batch. */
  readonly onProgress?: (sent: number, statuses: ReadonlyMap<number, number>) => void;
}

/** The result of a run. */
export interface FuzzResult {
  readonly findings: readonly Finding[];
  readonly statuses: ReadonlyMap<number, number>;
  /** Bytes in use after the first and after the last batch. */
  readonly memory: readonly [before: number, after: number];
}

interface Sent {
  readonly request: FuzzRequest;
  readonly from: number;
  readonly to: number;
}

/** Requests at a time, and requests between two resets of the store. */
const concurrency = 8;
const batchSize = 1_000;

/** Growth that counts as memory that stays. */
const growthBytes = 32 * 1024 * 1024;

const engineMessage =
  /Cannot (read|set|convert)|undefined|is not a function|not iterable|call stack|Invalid (time|array|string)/;

/** A raw socket for so many requests. */
const rawShare = 0.02;

/** Sends mutated requests of the corpus to a server and returns what went wrong. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const run = new FuzzRun(options);
  try {
    return await run.run();
  } finally {
    run.close();
  }
}

class FuzzRun {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 * concurrency });
  readonly #choice: Choice;
  readonly #findings: Finding[] = [];
  readonly #statuses = new Map<number, number>();

  constructor(private readonly options: FuzzOptions) {
    this.#choice = new Choice(options.random);
  }

  close(): void {
    this.#agent.destroy();
  }

  async run(): Promise<FuzzResult> {
    const { target, corpus, requests, onProgress } = this.options;
    // The corpus as it was recorded makes the objects that the rest is about, and loads what is loaded on use.
    await this.#batch(corpus.filter(({ method }) => method !== 'DELETE').map((seed) => asRecorded(seed)));
    const { faults } = await target.report();
    for (const detail of faults) this.#findings.push({ kind: 'fault', detail });
    await target.remember();
    let before: number | undefined;
    for (let sent = 0; sent < requests; ) {
      const size = Math.min(batchSize, requests - sent);
      const drawn = Array.from({ length: size }, () =>
        this.#choice.chance(rawShare) ? rawRequest(this.#choice) : mutateRequest(this.#choice, corpus),
      );
      await this.#check(await this.#batch(drawn));
      await target.reset();
      before ??= (await target.usage()).bytes;
      sent += size;
      onProgress?.(sent, this.#statuses);
    }
    const after = (await target.usage()).bytes;
    if (before !== undefined && after - before > growthBytes) {
      this.#findings.push({ kind: 'memory', detail: `${before} bytes in use grew to ${after}` });
    }
    return { findings: this.#findings, statuses: this.#statuses, memory: [before ?? after, after] };
  }

  /** Sends requests, a few at a time, in order. */
  async #batch(requests: readonly (FuzzRequest | Buffer)[]): Promise<Sent[]> {
    const { port } = this.options.target;
    const sent: Sent[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const from = Date.now();
        if (Buffer.isBuffer(request)) {
          this.#judge(await sendRaw(port, request), rawOf(request));
        } else {
          this.#judge(await send(port, this.#agent, request), request);
          sent.push({ request, from, to: Date.now() });
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return sent;
  }

  #judge({ status, text, problem }: FuzzAnswer, request: FuzzRequest): void {
    this.#statuses.set(status ?? 0, (this.#statuses.get(status ?? 0) ?? 0) + 1);
    if (problem !== undefined)
      this.#findings.push({ kind: problem, detail: `status ${status}: ${text.slice(0, 200)}`, request });
    // Some answers of kube-apiserver are 500 on purpose. Messages of the JavaScript engine never are.
    if (status === 500 && engineMessage.test(text))
      this.#findings.push({ kind: 'error', detail: text.slice(0, 500), request });
  }

  async #check(sent: readonly Sent[]): Promise<void> {
    const { stalls, faults } = await this.options.target.report();
    for (const detail of faults) this.#findings.push({ kind: 'fault', detail });
    for (const stall of stalls) this.#findings.push(await this.#explained(stall, sent));
  }

  /** Repeats the requests that were under way during a stall, to find the one that causes it alone. */
  async #explained({ ms, from, to }: Stall, sent: readonly Sent[]): Promise<Finding> {
    const { target } = this.options;
    const suspects = sent.filter((one) => one.from <= to && one.to >= from);
    for (const { request } of suspects) {
      await send(target.port, this.#agent, request);
      const { stalls } = await target.report();
      if (stalls.length > 0) return { kind: 'stall', detail: `${stalls[0]?.ms} ms`, request };
    }
    return { kind: 'stall', detail: `${ms} ms, not repeated by any of ${suspects.length} requests under way` };
  }
}

function asRecorded({ method, path, contentType, accept, body }: SeedRequest): FuzzRequest {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return {
    method,
    path,
    headers: {
      authorization: 'Bearer admin-token',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(accept === undefined ? {} : { accept }),
    },
    body: text === undefined ? undefined : Buffer.from(text),
  };
}

function rawOf(bytes: Buffer): FuzzRequest {
  return { method: 'RAW', path: '', headers: {}, body: bytes };
}
