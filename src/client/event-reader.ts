import { isApiError } from '../errors/index.js';
import { apiVersionOf, parseTime, type Resource, type Stored } from '../meta/index.js';
import { Backoff } from '../util/backoff.js';
import type { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import type { EventsOptions, RecordedEvent } from './object-events.js';

const EVENTS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['get', 'list', 'watch'],
  subresources: {},
};

/** The object whose events are read. */
export interface EventSubject {
  readonly resource: Resource;
  /** Absent for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Reads the events of one object. */
export class EventReader {
  readonly #caller: ApiCaller;
  readonly #subject: EventSubject;
  readonly #options: EventsOptions;

  constructor(caller: ApiCaller, subject: EventSubject, options: EventsOptions) {
    this.#caller = caller;
    this.#subject = subject;
    this.#options = options;
  }

  /** Returns the events that there are now, oldest first. */
  async all(): Promise<Stored<RecordedEvent>[]> {
    return (await this.#list()).events;
  }

  async #list(): Promise<{ events: Stored<RecordedEvent>[]; resourceVersion: string }> {
    const { signal, timeoutMs } = this.#options;
    const request = this.#client().list({ fields: fieldsOf(this.#subject), signal, timeoutMs });
    const { items, resourceVersion } = await request.all();
    const events = items.filter((event) => this.#isWanted(event));
    return { events: events.sort((a, b) => timeOf(a) - timeOf(b)), resourceVersion };
  }

  /** Gives the events that there are now, then those that come, over lost connections. */
  async *follow(): AsyncGenerator<Stored<RecordedEvent>> {
    const { clock, random } = this.#caller.shared;
    const { signal } = this.#options;
    const backoff = new Backoff({ clock, random });
    /** The version of each event that has been given. A new list repeats what did not change. */
    let given = new Map<string, string>();
    for (;;) {
      try {
        const { events, resourceVersion } = await this.#list();
        const before = given;
        given = new Map(events.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
        yield* events.filter(({ metadata }) => before.get(metadata.uid) !== metadata.resourceVersion);
        const watch = this.#client().watch({ fields: fieldsOf(this.#subject), signal, resourceVersion });
        for await (const event of watch) {
          backoff.reset();
          if (event.type === 'BOOKMARK') continue;
          const { object } = event;
          if (event.type === 'DELETED') given.delete(object.metadata.uid);
          else if (!this.#isWanted(object)) continue;
          else given.set(object.metadata.uid, object.metadata.resourceVersion);
          if (event.type !== 'DELETED') yield object;
        }
        await clock.sleep(backoff.next(), { signal });
      } catch (error) {
        signal?.throwIfAborted();
        if (isApiError(error) && !error.isGone && !error.isTooManyRequests && error.httpStatus < 500) throw error;
        await clock.sleep(backoff.next(), { signal });
      }
    }
  }

  /** Events about cluster-scoped objects are in a namespace that their source chooses. */
  #client(): GenericClient<RecordedEvent> {
    return new GenericClient<RecordedEvent>(this.#caller, async () => EVENTS, this.#subject.namespace);
  }

  #isWanted({ type = '', involvedObject }: RecordedEvent): boolean {
    const { types } = this.#options;
    if (types !== undefined && !types.includes(type)) return false;
    // Some sources leave the version out.
    const version = involvedObject?.apiVersion;
    return !version || groupOf(version) === groupOf(apiVersionOf(this.#subject.resource));
  }
}

function fieldsOf({ resource, name }: EventSubject): { [field: string]: string } {
  return { 'involvedObject.kind': resource.kind, 'involvedObject.name': name };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

/** Returns the time by which `kubectl events` sorts, in milliseconds. */
function timeOf({ series, lastTimestamp, eventTime }: RecordedEvent): number {
  const time = series?.lastObservedTime ?? (lastTimestamp || eventTime);
  return time ? parseTime(time) : 0;
}
