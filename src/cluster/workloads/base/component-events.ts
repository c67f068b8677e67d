import { Event } from '../../../../generated/core/v1.js';
import { mergePatch } from '../../../client/index.js';
import { isNotFound } from '../../../errors/index.js';
import { formatTime } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';

/** client-go's limits: 25 events at once for each object and component, then one every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
/** client-go's limits: the eleventh different message of one kind within ten minutes becomes a combined event. */
const MOST_SIMILAR = 10;
const SIMILAR_MS = 600_000;
/** The number of objects and events that a recorder remembers. */
const REMEMBERED = 4096;
/** The number of events that may wait for the server. */
const MOST_WAITING = 1000;
const COMBINED = '(combined from similar events): ';

/** An object that an event is about, as the cache or the server returned it. */
export interface EventObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
    readonly resourceVersion?: string | undefined;
  };
  /** The part of the object, such as `spec.containers{main}`. */
  readonly fieldPath?: string | undefined;
}

/** The component that records events, and the node that it runs on if that matters. */
export interface EventComponent {
  readonly component: string;
  readonly host?: string | undefined;
}

/** The options of `EventLog`. */
export interface EventLogOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Called for each event that the server did not take. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Written {
  readonly name: string;
  readonly namespace: string;
  count: number;
}

/**
 * Records core/v1 Events as the components of the control plane do: with `count`, `firstTimestamp` and `source.component`, which
 * `kubectl describe` and `kubectl get events` show. Repeats, similar events and floods are handled by client-go's rules.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #written = new Map<string, Written>();
  readonly #similar = new Map<string, { since: number; readonly messages: Set<string> }>();
  readonly #tokens = new Map<string, { left: number; at: number }>();
  #count = 0;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  readonly #ending = new AbortController();
  #closed = false;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Returns a recorder that signs as this component. `host` is the node of a component that runs on each node. */
  component(component: string, host?: string): ComponentEvents {
    return new ComponentEvents(this, { component, host });
  }

  /** Takes an event and writes it in the background, in order. */
  record(
    source: EventComponent,
    object: EventObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    if (this.#closed || this.#waiting >= MOST_WAITING) return;
    const { apiVersion, kind, metadata, fieldPath } = object;
    const { name, uid, resourceVersion } = metadata;
    const namespace = metadata.namespace ?? 'default';
    const about = [source.component, source.host, kind, namespace, name, uid, apiVersion];
    const text = this.#combine(JSON.stringify([...about, type, reason]), message);
    const key = JSON.stringify([...about, fieldPath, type, reason, text.startsWith(COMBINED) ? COMBINED : text]);
    if (!this.#admit(JSON.stringify(about))) return;
    const involvedObject = { apiVersion, kind, name, namespace: metadata.namespace, uid, resourceVersion, fieldPath };
    this.#waiting++;
    this.#last = this.#last
      .then(() => this.#write(key, { source, namespace, name, involvedObject, type, reason, message: text }))
      .catch((error: unknown) => this.#options.onError?.(error))
      .finally(() => this.#waiting--);
  }

  /** Resolves when every event so far is written, or after `timeoutMs`. Later events are dropped. */
  async close({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed = true;
    const end = () => this.#ending.abort(new DOMException('the event log was closed', 'AbortError'));
    const timer = timeoutMs === undefined ? undefined : this.#options.clock.setTimer(timeoutMs, end);
    await this.#last;
    timer?.cancel();
  }

  #combine(key: string, message: string): string {
    const now = this.#options.clock.monotonic();
    const known = this.#similar.get(key);
    const similar = known === undefined || now - known.since > SIMILAR_MS ? undefined : known;
    const { messages } = similar ?? remember(this.#similar, key, { since: now, messages: new Set<string>() });
    if (similar !== undefined) similar.since = now;
    messages.add(message);
    if (messages.size < MOST_SIMILAR) return message;
    messages.delete(messages.values().next().value ?? '');
    return `${COMBINED}${message}`;
  }

  #admit(key: string): boolean {
    const now = this.#options.clock.monotonic();
    const bucket = this.#tokens.get(key) ?? { left: BURST, at: now };
    const left = Math.min(BURST, bucket.left + (now - bucket.at) / REFILL_MS);
    remember(this.#tokens, key, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  }

  async #write(key: string, facts: EventFacts): Promise<void> {
    const { cluster, clock } = this.#options;
    const { source, namespace, name, involvedObject, type, reason, message } = facts;
    const events = cluster.resource(Event).in(namespace);
    const now = formatTime(clock.now());
    const { signal } = this.#ending;
    const written = this.#written.get(key);
    if (written !== undefined) {
      const count = written.count + 1;
      try {
        await events.patch(written.name, mergePatch({ count, lastTimestamp: now, message }), { signal });
        written.count = count;
        return;
      } catch (error) {
        // Events expire after an hour: a new one takes the place of an expired one.
        if (!isNotFound(error)) throw error;
      }
    }
    const unique = BigInt(Math.floor(clock.now())) * 1_000_000n + BigInt(this.#count++ % 1_000_000);
    const event = await events.create(
      {
        metadata: { name: `${name.slice(0, 236)}.${unique.toString(16)}`, namespace },
        involvedObject,
        reason,
        message: message.slice(0, 1024),
        source: { ...source },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        type,
        // A combined event has no reporter, as client-go's.
        reportingComponent: message.startsWith(COMBINED) ? '' : source.component,
        reportingInstance: source.host ?? '',
      },
      { signal },
    );
    remember(this.#written, key, { name: event.metadata.name, namespace, count: 1 });
  }
}

interface EventFacts {
  readonly source: EventComponent;
  readonly namespace: string;
  readonly name: string;
  readonly involvedObject: Event['involvedObject'];
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The recorder of one component. */
export class ComponentEvents {
  readonly #log: EventLog;
  readonly #source: EventComponent;

  constructor(log: EventLog, source: EventComponent) {
    this.#log = log;
    this.#source = source;
  }

  /** Records something that went as expected. */
  normal(object: EventObject, reason: string, message: string): void {
    this.#log.record(this.#source, object, 'Normal', reason, message);
  }

  /** Records something that a user should look at. */
  warning(object: EventObject, reason: string, message: string): void {
    this.#log.record(this.#source, object, 'Warning', reason, message);
  }
}

/** Stores a value as the newest one, and drops the oldest when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): V {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
  return value;
}
