import { Buffer } from 'node:buffer';
import { NetworkError } from '../../errors/index.js';
import type { RequestSummary } from './request-summary.js';
import { expiredFrame, framesOf, typeOfFrame, type WatchEventType } from './watch-frames.js';

/** The rules for watches among the faults of a server. */
export interface WatchRules {
  /** Reports whether a watch must stay silent now. */
  isStalled(request: RequestSummary): boolean;
  /** Reports whether an event is dropped. */
  isDropped(request: RequestSummary, type: WatchEventType): boolean;
  /** Resolves when there may be something else to say, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

/** The ends of a watch: the connection breaks, the stream ends as at its timeout, or a 410 ends it. */
export type WatchEnd = 'cut' | 'end' | 'expire';

/** The answer to a watch with faults on its way to the client: what the server says, as late and as incomplete as the rules want it. */
export class FaultyWatch implements AsyncIterable<Uint8Array> {
  #end: WatchEnd | undefined;
  readonly #over = new AbortController();

  /** `over` is called when it is, and when the server should end the watch. */
  constructor(
    readonly request: RequestSummary,
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly protobuf: boolean,
    private readonly rules: WatchRules,
    private readonly over: () => void,
  ) {}

  /** Ends the watch in one of the ways there are. */
  finish(end: WatchEnd): void {
    this.#end ??= end;
    this.#over.abort();
    this.over();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const frames = this.#run();
    return {
      next: () => frames.next(),
      // A generator that waits cannot be told to return: what it waits for has to end first.
      return: () => {
        this.#over.abort();
        this.over();
        return frames.return(undefined);
      },
    };
  }

  async *#run(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.source) {
        while (!this.#over.signal.aborted && this.rules.isStalled(this.request)) {
          await this.rules.changed(this.#over.signal);
        }
        if (this.#over.signal.aborted) break;
        const left = this.#withoutDropped(chunk);
        if (left.length > 0) yield left;
      }
      if (this.#end === 'cut') throw new NetworkError('the connection was cut: a fault of the test server');
      if (this.#end === 'expire') yield expiredFrame(this.protobuf);
    } finally {
      this.over();
    }
  }

  #withoutDropped(chunk: Uint8Array): Uint8Array {
    const frames = framesOf(chunk, this.protobuf);
    const left = frames.filter((frame) => !this.rules.isDropped(this.request, typeOfFrame(frame, this.protobuf)));
    return left.length === frames.length ? chunk : Buffer.concat(left);
  }
}
