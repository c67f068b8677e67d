import type { KubeObject, Stored } from '../meta/index.js';
import type { CallOptions } from './options.js';

/** Options of `events`. */
export interface EventsOptions extends CallOptions {
  /** Only events of these types, such as `Warning`. Default: all. */
  readonly types?: readonly string[] | undefined;
  /** True: goes on with events as they come, until the loop is left. Default false. */
  readonly follow?: boolean | undefined;
}

/** An event about an object, as components record it (`v1` Event). */
export interface RecordedEvent extends KubeObject {
  /** `Normal` or `Warning`. */
  readonly type?: string | undefined;
  /** One word for programs, such as `FailedScheduling`. */
  readonly reason?: string | undefined;
  /** A sentence for people. */
  readonly message?: string | undefined;
  /** The number of times that it has occurred. */
  readonly count?: number | undefined;
  readonly firstTimestamp?: string | undefined;
  readonly lastTimestamp?: string | undefined;
  readonly eventTime?: string | undefined;
  readonly series?: { readonly count?: number | undefined; readonly lastObservedTime?: string | undefined } | undefined;
  readonly source?: { readonly component?: string | undefined; readonly host?: string | undefined } | undefined;
  readonly reportingComponent?: string | undefined;
  readonly involvedObject?: {
    readonly apiVersion?: string | undefined;
    readonly kind?: string | undefined;
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly uid?: string | undefined;
    readonly fieldPath?: string | undefined;
  };
}

/** The ways to read the events of an object. */
interface EventSource {
  all(): Promise<Stored<RecordedEvent>[]>;
  follow(): AsyncIterable<Stored<RecordedEvent>>;
}

/** The events of one object, oldest first. Nothing is sent before it is iterated or asked for `.all()`. */
export class ObjectEvents implements AsyncIterable<Stored<RecordedEvent>> {
  readonly #source: EventSource;
  readonly #follow: boolean;

  /** @internal Made by `events`. */
  constructor(source: EventSource, follow = false) {
    this.#source = source;
    this.#follow = follow;
  }

  /** Returns the events that there are now. */
  all(): Promise<Stored<RecordedEvent>[]> {
    return this.#source.all();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Stored<RecordedEvent>> {
    if (this.#follow) yield* this.#source.follow();
    else yield* await this.all();
  }
}
