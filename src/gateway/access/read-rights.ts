import { LRUCache } from 'lru-cache';
import { Namespace } from '../../../generated/core/v1.js';
import type { Informer } from '../../cache/index.js';
import type { KubeObject, Resource } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import { SingleFlight } from '../../util/single-flight.js';
import type { Caller } from '../gateway-user.js';
import { refusal } from '../refusals.js';

/** The answers that are kept, of all users together. */
const MOST_ANSWERS = 50_000;
/** The namespaces that are looked into for a user who may not read a kind everywhere. */
const MOST_NAMESPACES = 2_000;
/** The reviews that run at the same time for one question. */
const AT_ONCE = 20;
const REVIEW_TIMEOUT_MS = 5_000;
const NAMESPACES_TIMEOUT_MS = 30_000;
/** The time after which a namespace that was closed to a user is looked into again, in milliseconds. */
const CLOSED_MS = 60_000;

/** The part of a kind that a user may list and watch. */
export interface ReadScope {
  /** The same for scopes with the same namespaces. */
  readonly id: string;
  /** Undefined: everything. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** The time of the oldest answer that the scope rests on, by the monotonic clock. */
  readonly reviewedAt: number;
}

interface Answer {
  readonly allowed: boolean;
  readonly at: number;
}

/** The options of `ReadRights`. */
export interface ReadRightsOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** The age from which on an answer is asked for anew, in milliseconds. */
  readonly freshMs: number;
}

/** Asks the API server what users may read, and remembers the answers for a short time. */
export class ReadRights {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #answers = new LRUCache<string, Answer>({ max: MOST_ANSWERS });
  readonly #flights = new SingleFlight<string, Answer>();
  #namespaces: { readonly informer: Informer<KubeObject>; readonly ready: Promise<void> } | undefined;

  constructor({ cluster, clock, freshMs }: ReadRightsOptions) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  /**
   * Returns the part of a kind that the user may list and watch. With a namespace, only that one is looked into. Throws an `ApiError` (403)
   * if the user may read nothing.
   */
  async scope(user: Caller, resource: Resource, namespace: string | undefined): Promise<ReadScope> {
    if (namespace !== undefined) {
      const { allowed, at } = await this.#mayRead(user, resource, namespace, this.#freshMs);
      if (allowed) return { id: `in ${namespace}`, namespaces: new Set([namespace]), reviewedAt: at };
      throw refusal(403, `you may not list and watch ${resource.plural} in the namespace ${namespace}`);
    }
    const everywhere = await this.#mayRead(user, resource, undefined, this.#freshMs);
    if (everywhere.allowed) return { id: 'all', namespaces: undefined, reviewedAt: everywhere.at };
    const scope = resource.scope === 'Namespaced' ? await this.#namespacesOf(user, resource) : undefined;
    if (scope === undefined) throw refusal(403, `you may not list and watch ${resource.plural}`);
    return scope;
  }

  async close(): Promise<void> {
    await this.#namespaces?.informer.stop();
  }

  async #namespacesOf(user: Caller, resource: Resource): Promise<ReadScope | undefined> {
    const names = user.namespaces ?? (await this.#allNamespaces());
    if (names.length > MOST_NAMESPACES)
      throw refusal(400, `the cluster has more than ${MOST_NAMESPACES} namespaces. Name one of them in the query.`);
    const open: string[] = [];
    let oldest = Number.POSITIVE_INFINITY;
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE);
      const answers = await Promise.all(
        some.map(async (name) => ({ name, answer: await this.#mayRead(user, resource, name, CLOSED_MS) })),
      );
      for (const { name, answer } of answers) {
        if (!answer.allowed) continue;
        open.push(name);
        oldest = Math.min(oldest, answer.at);
      }
    }
    if (open.length === 0) return undefined;
    open.sort();
    return { id: `in ${open.join(' ')}`, namespaces: new Set(open), reviewedAt: oldest };
  }

  /** A live query lists and watches, so it needs both rights. */
  async #mayRead(user: Caller, resource: Resource, namespace: string | undefined, closedMs: number): Promise<Answer> {
    const list = await this.#may(user, 'list', resource, namespace, closedMs);
    if (!list.allowed) return list;
    const watch = await this.#may(user, 'watch', resource, namespace, closedMs);
    return { allowed: watch.allowed, at: Math.min(list.at, watch.at) };
  }

  async #may(
    user: Caller,
    verb: string,
    resource: Resource,
    namespace: string | undefined,
    closedMs: number,
  ): Promise<Answer> {
    const { group, plural } = resource;
    const id = JSON.stringify([user.id, verb, group, plural, namespace]);
    const known = this.#answers.get(id);
    const age = this.#clock.monotonic() - (known?.at ?? 0);
    if (known !== undefined && age < (known.allowed ? this.#freshMs : closedMs)) return known;
    return this.#flights.run(id, async () => {
      // Counted from before the question, as the right may end while the answer is on its way.
      const at = this.#clock.monotonic();
      const asUser = this.#cluster.impersonate(user.identity);
      const allowed = await asUser.can({ verb, resource, namespace, timeoutMs: REVIEW_TIMEOUT_MS });
      const answer = { allowed, at };
      this.#answers.set(id, answer);
      return answer;
    });
  }

  async #allNamespaces(): Promise<readonly string[]> {
    if (this.#namespaces === undefined) {
      const informer = this.#cluster.informer(Namespace, { metadataOnly: true });
      const ready = informer.start({ timeoutMs: NAMESPACES_TIMEOUT_MS });
      this.#namespaces = { informer, ready };
      ready.catch(() => {
        this.#namespaces = undefined;
        return informer.stop();
      });
    }
    await this.#namespaces.ready;
    return this.#namespaces.informer.lister.keys();
  }
}
