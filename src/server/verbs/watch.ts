import { Buffer } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import { turn } from '../../util/next-turn.js';
import { FrameQueue } from '../encoding/frame-queue.js';
import { WatchEncoder } from '../encoding/watch-encoder.js';
import { checkListOptions, type ListOptions } from '../http/list-options.js';
import { bytesResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import { failure, StatusError } from '../object/status-error.js';
import { readyToDecode } from '../scheme/convert.js';
import { storageRange } from '../scheme/storage-keys.js';
import { CompactedError, type KeyValue, type StorageEvent, type StorageWatch } from '../storage/storage.js';
import { parseWatchRevision, waitForRevision } from './parse-revision.js';
import { type ObjectFilter, selectionOf } from './selectors.js';

/** The number of bytes of stored objects that are read before their events are sent. */
const chunkBytes = 128 * 1024;

/** A watch that names no timeout ends after half an hour to an hour, so that not all end at once (kube-apiserver's default). */
const defaultTimeoutSeconds = 1_800;

/** GET of a collection with `watch`: a stream of events from the revision the options name. */
export async function watchObjects(request: ResourceRequest, options: ListOptions): Promise<ServerResponse> {
  checkListOptions(options);
  if (request.media.as === 'Table') (await import('../encoding/table.js')).includedObject(request.query);
  const { filter } = await selectionOf(request, options);
  const revision = parseWatchRevision(options.resourceVersion);
  const encoder = await WatchEncoder.for(request);
  return bytesResponse(
    200,
    new WatchStream(request, options, filter, revision, encoder),
    encoder.media,
    request.warnings,
  );
}

/** The body of one watch. Ends with the client, with the server, at the timeout, or when its reader falls too far behind. */
class WatchStream implements AsyncIterable<Uint8Array> {
  readonly #queue: FrameQueue;
  /** Resolves when all events so far are in the queue. */
  #taken: Promise<void> = Promise.resolve();

  constructor(
    private readonly request: ResourceRequest,
    private readonly options: ListOptions,
    private readonly filter: ObjectFilter,
    private readonly revision: number,
    private readonly encoder: WatchEncoder,
  ) {
    this.#queue = new FrameQueue(request.server.watchBufferBytes);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const frames = this.#run();
    return {
      next: () => frames.next(),
      // A generator that waits cannot be told to return: its queue has to end first.
      return: () => {
        this.#queue.end();
        return frames.return(undefined);
      },
    };
  }

  async *#run(): AsyncGenerator<Uint8Array> {
    const { encoder } = this;
    const { server, http, resource } = this.request;
    const end = (): void => this.#queue.end();
    const timeoutMs = this.#timeoutSeconds() * 1_000;
    const timer = server.clock.setTimer(timeoutMs, end);
    const bookmarks = this.options.allowWatchBookmarks ? this.#bookmarks(server.clock.now() + timeoutMs) : undefined;
    const signals = [server.closing, http.signal, resource.custom?.ended].filter((signal) => signal !== undefined);
    // As many listen to one signal as there are watches: no leak to warn of.
    setMaxListeners(0, ...signals);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some((signal) => signal.aborted)) end();
    let watch: StorageWatch | undefined;
    try {
      const initial = this.#wantsInitial() ? await this.#initial() : undefined;
      if (initial !== undefined) await readyToDecode(resource, initial.kvs);
      watch = this.#follow(
        initial?.revision ?? (this.revision === 0 ? await server.storage.revision() : this.revision),
      );
      if (initial !== undefined) yield* this.#initialFrames(initial.kvs, initial.revision);
      for (let frames = await this.#queue.take(); frames !== undefined; frames = await this.#queue.take()) {
        yield frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames);
      }
    } catch (error) {
      // The answer has begun: what is wrong can only be said in an event.
      if (!(error instanceof StatusError)) throw error;
      yield encoder.error(error.status);
    } finally {
      watch?.close();
      timer.cancel();
      bookmarks?.cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
    }
  }

  #timeoutSeconds(): number {
    const asked = this.options.timeoutSeconds ?? 0;
    return asked > 0 ? asked : defaultTimeoutSeconds * (1 + this.request.server.random());
  }

  /** Without a version, and with version 0, a watch begins with the state of now; `sendInitialEvents` overrules that. */
  #wantsInitial(): boolean {
    return this.options.sendInitialEvents ?? this.revision === 0;
  }

  async #initial(): Promise<{ kvs: readonly KeyValue[]; revision: number }> {
    const { server, resource, path } = this.request;
    if (this.revision > 0) await waitForRevision(server, this.revision);
    const { start, end } = storageRange(resource, path.namespace);
    const { frozenAt } = server.cache;
    if (this.revision > 0 || frozenAt === undefined) return server.storage.range(start, end);
    const { kvs } = await server.storage.range(start, end, { revision: frozenAt });
    return { kvs, revision: frozenAt };
  }

  /** The state of now in chunks; others get their turn between them, however fast the reader and whatever is left out. */
  async *#initialFrames(kvs: readonly KeyValue[], revision: number): AsyncGenerator<Uint8Array> {
    let frames: Uint8Array[] = [];
    let bytes = 0;
    let looked = 0;
    for (const kv of kvs) {
      looked += kv.value.length;
      if (this.filter === undefined || this.filter(this.encoder.decode(kv))) {
        const frame = this.encoder.event('ADDED', kv.value, kv.modRevision);
        frames.push(frame);
        bytes += frame.length;
      }
      if (looked < chunkBytes) continue;
      looked = 0;
      if (bytes > 0) yield Buffer.concat(frames, bytes);
      frames = [];
      bytes = 0;
      await turn();
    }
    if (this.options.sendInitialEvents === true && this.options.allowWatchBookmarks) {
      frames.push(this.encoder.bookmark(revision, true));
    }
    if (frames.length > 0) yield Buffer.concat(frames);
  }

  /** Follows the store; the events since `after` come at once. */
  #follow(after: number): StorageWatch {
    const { server, resource, path } = this.request;
    const { start, end } = storageRange(resource, path.namespace);
    return server.storage.watch(start, end, after, {
      events: (batch) => this.#take(batch),
      ended: (error) => {
        if (error instanceof CompactedError) this.#queue.push(this.#tooOld(after, error));
        this.#queue.end();
      },
    });
  }

  /** Takes events in; where a webhook converts objects, once it has. */
  #take(batch: readonly StorageEvent[]): void {
    const { resource } = this.request;
    const push = (): void => {
      for (const event of batch) this.#push(event);
    };
    if (resource.custom?.asksToConvert !== true) {
      push();
      return;
    }
    const kvs = batch.flatMap(({ kv, previous, type }) => [
      ...(type === 'put' ? [kv] : []),
      ...(previous === undefined ? [] : [previous]),
    ]);
    this.#inTurn(() => readyToDecode(resource, kvs).then(push));
  }

  /** Does something once all that came before is in the queue. What fails is told, and ends the watch. */
  #inTurn(work: () => void | Promise<void>): void {
    this.#taken = this.#taken.then(work).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'unknown';
      const { status } = failure(500, 'InternalError', `unable to decode an object in the watch stream: ${why}`);
      this.#queue.push(this.encoder.error(status));
      this.#queue.end();
    });
  }

  /** Applies the selectors to a write: an object that begins to match is added, one that ceases to match is deleted. */
  #push(event: StorageEvent): void {
    const { encoder, filter } = this;
    const { kv, previous } = event;
    const before = previous !== undefined && (filter === undefined || filter(encoder.decode(previous)));
    const now = event.type === 'put' && (filter === undefined || filter(encoder.decode(kv)));
    if (now) this.#queue.push(encoder.liveEvent(event, before ? 'MODIFIED' : 'ADDED', kv));
    else if (before && previous !== undefined) this.#queue.push(encoder.liveEvent(event, 'DELETED', previous));
  }

  #tooOld(after: number, error: CompactedError): Uint8Array {
    const { status } = failure(410, 'Expired', `too old resource version: ${after} (${error.compactRevision})`);
    return this.encoder.error(status);
  }

  /** A bookmark now and then, and one two seconds before the watch ends, from which its client can go on without a gap. */
  #bookmarks(deadline: number): { cancel(): void } {
    const { server } = this.request;
    let timer: { cancel(): void };
    let cancelled = false;
    const schedule = (): void => {
      const untilLast = deadline - 2_000 - server.clock.now();
      const wait = untilLast > 0 ? Math.min(untilLast, server.bookmarkIntervalMs) : server.bookmarkIntervalMs;
      timer = server.clock.setTimer(Math.max(wait, 1_000), () => {
        void server.storage.revision().then((revision) => {
          if (cancelled) return;
          const push = (): void => {
            // A version that is still to come has not been seen: like kube-apiserver, say nothing until then.
            if (revision >= this.revision) this.#queue.push(this.encoder.bookmark(revision, false));
          };
          // What a bookmark says has been seen must have been said before.
          if (this.request.resource.custom?.asksToConvert === true) this.#inTurn(push);
          else push();
          schedule();
        });
      });
    };
    schedule();
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }
}
