import { NetworkError } from '../../errors/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import { json, negotiate } from '../http/negotiate.js';
import { errorResponse } from '../http/respond.js';
import type { ServerRequest, ServerResponse } from '../object/message.js';
import type { RequestHandler } from '../object/request-handler.js';
import { failure, StatusError, tooLargeResourceVersion } from '../object/status-error.js';
import { type FaultRule, FaultRules } from './fault-rules.js';
import { FaultyWatch, type WatchEnd } from './faulty-watch.js';
import { type FaultFrequency, type RequestFault, statusOf } from './request-fault.js';
import { matches, type RequestMatch, type RequestSummary, summarize } from './request-summary.js';
import type { WatchEventType } from './watch-frames.js';

/** The parts of a server with faults. */
export interface FaultyServerParts {
  readonly api: RequestHandler & {
    compact(): Promise<void>;
    freezeCache(frozen: boolean): Promise<void>;
    takesUpgrade?(path: string): boolean;
  };
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Injects faults between a client and a server: `server.faults`. A fault occurs before the server or after it, never inside, so stored
 * objects stay correct. For faults of connections below HTTP use `FaultProxy`.
 */
export class Faults implements RequestHandler {
  readonly #parts: FaultyServerParts;
  readonly #rules: FaultRules;
  readonly #watches = new Set<FaultyWatch>();
  #down = false;

  /** Made by `startServer`. */
  constructor(parts: FaultyServerParts) {
    this.#parts = parts;
    this.#rules = new FaultRules(parts.random);
  }

  /** Has the next request that fits `match`, or several, meet a fault. The rule added first goes first; each request meets one. */
  add(match: RequestMatch, fault: RequestFault, frequency: FaultFrequency = {}): FaultRule {
    return this.#rules.add(match, { fault }, frequency);
  }

  /** Takes all faults away: stalled watches say what they held back, the cache catches up. */
  async clear(): Promise<void> {
    this.#rules.clear();
    await this.thawCache();
  }

  /** Breaks the connections of the watches under way that fit. Gives their number. */
  cutWatches(match: RequestMatch = {}): number {
    return this.#finish(match, 'cut');
  }

  /** Ends the watches under way that fit, properly, as at their timeouts. Gives their number. */
  endWatches(match: RequestMatch = {}): number {
    return this.#finish(match, 'end');
  }

  /** Ends the watches under way that fit with 410: their clients have to list anew. Gives their number. */
  expireWatches(match: RequestMatch = {}): number {
    return this.#finish(match, 'expire');
  }

  /**
   * Holds back all that watches that fit would say, those under way and those to come; removing the rule lets it go. The connections
   * stay open, as behind a load balancer that has forgotten them.
   */
  stallWatches(match: RequestMatch = {}): FaultRule {
    return this.#rules.add(match, { stall: true });
  }

  /** Loses events of watches that fit: all, or those of one type. Default: until the rule is removed. */
  dropEvents(match: RequestMatch & { readonly type?: WatchEventType }, frequency: FaultFrequency = {}): FaultRule {
    return this.#rules.add(match, { drop: match.type }, { times: Number.POSITIVE_INFINITY, ...frequency });
  }

  /** Loses bookmarks, also the one that ends the initial events of a streamed list. */
  dropBookmarks(match: RequestMatch = {}): FaultRule {
    return this.dropEvents({ ...match, type: 'BOOKMARK' });
  }

  /** Forgets history, as etcd does every five minutes: whoever watches from before, or goes on with an old page, gets 410. */
  compact(): Promise<void> {
    return this.#parts.api.compact();
  }

  /** Reads with `resourceVersion=0` are answered from what there is now, whatever is written, until `thawCache`. */
  freezeCache(): Promise<void> {
    return this.#parts.api.freezeCache(true);
  }

  /** Reads with `resourceVersion=0` see what there is. */
  thawCache(): Promise<void> {
    return this.#parts.api.freezeCache(false);
  }

  /** Sets whether the server can be reached; `LocalServer.down` and `up` call this. Watches break when it cannot. */
  reachable(reachable: boolean): void {
    this.#down = !reachable;
    if (this.#down) this.cutWatches();
  }

  /** Tells whether the server takes upgrades at a path, faults or not. */
  takesUpgrade(path: string): boolean {
    return this.#parts.api.takesUpgrade?.(path) ?? false;
  }

  /** Answers a request as the server would, but for the faults. Rejects with `NetworkError` where the connection breaks. */
  async handle(request: ServerRequest): Promise<ServerResponse> {
    if (this.#down) throw new NetworkError('the server is down: a fault of the test server');
    // Almost all requests meet nothing, and should not pay for it.
    if (this.#rules.isEmpty && !request.path.includes('watch')) return this.#parts.api.handle(request);
    const summary = summarize(request);
    const fault = this.#rules.faultFor(summary);
    return fault === undefined ? this.#ask(request, summary) : this.#meet(fault, request, summary);
  }

  async #meet(fault: RequestFault, request: ServerRequest, summary: RequestSummary): Promise<ServerResponse> {
    switch (fault.kind) {
      case 'answer':
        return refuse(request, statusOf(fault));
      case 'delay':
        await this.#parts.clock.sleep(fault.ms, { signal: request.signal });
        return this.#ask(request, summary);
      case 'lose-request':
        throw new NetworkError('the connection was cut before the request: a fault of the test server');
      case 'lose-answer': {
        const { body } = await this.#ask(request, summary);
        if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
        throw new NetworkError('the connection was cut before the answer: a fault of the test server');
      }
      case 'expired':
        if (summary.verb === 'watch') return this.#ask(request, summary, 'expire');
        return refuse(request, failure(410, 'Expired', 'The resourceVersion for the provided list is too old.'));
      case 'too-large-resource-version': {
        const asked = Number(new URLSearchParams(request.path.split('?')[1]).get('resourceVersion') ?? '');
        return refuse(request, tooLargeResourceVersion(asked, Math.max(0, asked - 1)));
      }
    }
  }

  /** Asks the server; a watch comes back with faults on its way. */
  async #ask(request: ServerRequest, summary: RequestSummary, end?: WatchEnd): Promise<ServerResponse> {
    if (summary.verb !== 'watch') return this.#parts.api.handle(request);
    const hangUp = new AbortController();
    let watch: FaultyWatch | undefined;
    const over = (): void => {
      hangUp.abort();
      if (watch !== undefined) this.#watches.delete(watch);
      request.signal?.removeEventListener('abort', over);
    };
    request.signal?.addEventListener('abort', over);
    if (request.signal?.aborted) over();
    const response = await this.#parts.api.handle({ ...request, signal: hangUp.signal });
    if (response.body instanceof Uint8Array) {
      request.signal?.removeEventListener('abort', over);
      return response;
    }
    const protobuf = String(response.headers['content-type']).includes('protobuf');
    watch = new FaultyWatch(summary, response.body, protobuf, this.#rules, over);
    this.#watches.add(watch);
    if (end !== undefined) watch.finish(end);
    return { ...response, body: watch };
  }

  #finish(match: RequestMatch, end: WatchEnd): number {
    const meant = [...this.#watches].filter(({ request }) => matches(match, request));
    for (const watch of meant) watch.finish(end);
    return meant.length;
  }
}

/** A Status in the encoding the client takes. */
function refuse(request: ServerRequest, error: StatusError): Promise<ServerResponse> {
  try {
    return errorResponse(error, negotiate(String(request.headers.accept ?? ''), { stream: true, table: true }));
  } catch (unacceptable) {
    if (unacceptable instanceof StatusError) return errorResponse(error, json);
    throw unacceptable;
  }
}
