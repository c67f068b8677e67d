import { cacheOf, type Informer, isAtLeast, type SharedCache } from '../cache/index.js';
import type { WriteHooks } from '../client/api-caller.js';
import { isApiError, isTimeoutError, type RequestContext } from '../errors/index.js';
import { type KubeObject, type LabelQuery, type Resource, type Scope, toLabelSelector } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import type { Clock } from '../util/clock.js';
import { isObject } from '../util/json-value.js';

/** One write that the server has done. */
interface Write {
  /** `deployments.apps`: any version of it. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly key: string;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly deleted: boolean;
}

/** A cache that a controller reads. */
export interface FencedCache {
  readonly kind: Resource<KubeObject, Scope, unknown>;
  /** The kind's name in the context of a request: `deployments.apps`. */
  readonly resource: string;
  readonly informer: Informer<KubeObject, Scope>;
  readonly labels: LabelQuery | undefined;
}

/** The time before the fence asks a silent server again for the result of a write. */
const ASK_AGAIN_MS = 1000;

/** The writes of one reconcile. The fence knows whether the caches that its controller reads have seen them. */
export class Fence implements WriteHooks {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #caches: readonly FencedCache[];
  readonly #check: () => void;
  readonly #writes: Write[] = [];
  /** Writes of which nobody told what was stored: the answer did not come, or did not say. The server has to be asked. */
  readonly #unclear: RequestContext[] = [];

  /** `cluster` is asked what became of writes without an answer; `check` is asked before every write, and may throw. */
  constructor(cluster: Cluster, clock: Clock, caches: readonly FencedCache[], check: () => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#caches = caches;
    this.#check = check;
  }

  before(): void {
    this.#check();
  }

  written(context: RequestContext, answer: unknown): void {
    const { resource } = context;
    if (resource === undefined || !this.#isCached(resource)) return;
    const deleted = context.verb === 'delete' || context.verb === 'deleteAll';
    for (const object of objectsIn(answer)) {
      const write = writeOf(context, resource, object, deleted);
      if (write === undefined || (!deleted && write.resourceVersion === undefined)) this.#unclear.push(context);
      else this.#writes.push(write);
    }
  }

  failed(context: RequestContext, error: unknown): void {
    const { resource } = context;
    if (resource !== undefined && this.#isCached(resource) && mayBeDone(error)) this.#unclear.push(context);
  }

  /**
   * Waits until the caches have seen the writes. Undefined when there is nothing to wait for; otherwise whether they have, within
   * `timeoutMs`. Never rejects.
   */
  settle(timeoutMs: number, signal: AbortSignal): Promise<boolean> | undefined {
    return this.#unclear.length === 0 ? this.#seen(timeoutMs, signal) : this.#clearUp(timeoutMs, signal);
  }

  #isCached(resource: string): boolean {
    return this.#caches.some((cache) => cache.resource === resource);
  }

  #seen(timeoutMs: number, signal: AbortSignal): Promise<boolean> | undefined {
    const waits: Promise<boolean>[] = [];
    for (const { resource, informer, labels } of this.#caches) {
      const writes = this.#writes.filter((write) => write.resource === resource);
      const cache = cacheOf(informer);
      if (cache === undefined || writes.length === 0) continue;
      const seen = () => writes.every((write) => isSeen(write, cache, labels));
      if (seen()) continue;
      waits.push(
        cache.until(seen, `the writes of a reconcile (${resource})`, timeoutMs, signal).then(
          () => true,
          (error) => !isTimeoutError(error),
        ),
      );
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then((all) => all.every((one) => one));
  }

  /** Asks the server what is there now, until it answers; then the caches have to see that. */
  async #clearUp(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const begun = this.#clock.monotonic();
    const left = () => timeoutMs - (this.#clock.monotonic() - begun);
    for (const context of this.#unclear.splice(0)) {
      while (!(await this.#ask(context, left(), signal))) {
        if (signal.aborted) return true;
        if (left() <= ASK_AGAIN_MS) return false;
        await this.#clock.sleep(ASK_AGAIN_MS, { signal }).catch(() => undefined);
      }
    }
    return (await this.#seen(Math.max(0, left()), signal)) ?? true;
  }

  /** Reports whether the server answered. If it did, its answer is among the writes. */
  async #ask({ resource, namespace, name }: RequestContext, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    for (const { kind, informer, resource: cached } of this.#caches) {
      const cache = cacheOf(informer);
      if (cached !== resource || cache === undefined) continue;
      const client = this.#cluster.resource<KubeObject, unknown>(kind);
      const { metadata } = namespace === undefined ? client : client.in(namespace);
      const context = { resource, namespace, name };
      const options = { timeoutMs, signal };
      try {
        if (name !== undefined) {
          const object = await metadata.find(name, options);
          this.#note(context, object ?? { metadata: { name, namespace } }, object === undefined);
          continue;
        }
        const gone = new Set<string>();
        for (const [key] of cache.store.entries()) {
          if (namespace === undefined || key.startsWith(`${namespace}/`)) gone.add(key);
        }
        for await (const object of metadata.list(options)) {
          gone.delete(keyOf(object.metadata.namespace, object.metadata.name));
          this.#note(context, object, false);
        }
        for (const key of gone) this.#note(context, { metadata: { name: key.slice(key.indexOf('/') + 1) } }, true);
      } catch {
        return false;
      }
    }
    return true;
  }

  #note(context: RequestContext, object: unknown, deleted: boolean): void {
    const write = context.resource === undefined ? undefined : writeOf(context, context.resource, object, deleted);
    if (write !== undefined) this.#writes.push(write);
  }
}

/** Reports whether a failed write may have been stored: the answer is missing, or a proxy stopped waiting for it. */
function mayBeDone(error: unknown): boolean {
  return !isApiError(error) || error.httpStatus >= 500;
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function isSeen(write: Write, cache: SharedCache, labels: LabelQuery | undefined): boolean {
  const { key, namespace, uid, resourceVersion, deleted } = write;
  const watchedAtAll = cache.reflectors.some((one) => one.namespace === undefined || one.namespace === namespace);
  if (!watchedAtAll) return true;
  const { store } = cache;
  const slot = store.slot(key);
  if (deleted) {
    if (slot === undefined) return true;
    const head = store.versions.head(slot);
    return (uid !== undefined && head.uid !== uid) || head.deletionTimestamp !== '';
  }
  if (resourceVersion === undefined) return true;
  if (slot !== undefined && isAtLeast(store.versions.resourceVersion(slot), resourceVersion)) return true;
  // An object that is not selected never comes.
  if (slot === undefined && labels !== undefined && !toLabelSelector(labels).matches(write.labels)) return true;
  return cache.hasSeen(resourceVersion, namespace);
}

function writeOf(context: RequestContext, resource: string, object: unknown, deleted: boolean): Write | undefined {
  if (!isObject(object)) return undefined;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const details = isObject(object.details) ? object.details : {};
  const name = text(metadata.name) ?? context.name;
  if (name === undefined) return undefined;
  const namespace = text(metadata.namespace) ?? context.namespace;
  return {
    resource,
    namespace,
    key: keyOf(namespace, name),
    uid: text(metadata.uid) ?? text(details.uid),
    resourceVersion: text(metadata.resourceVersion),
    labels: isObject(metadata.labels)
      ? Object.fromEntries(Object.entries(metadata.labels).map(([k, v]) => [k, `${v}`]))
      : {},
    deleted,
  };
}

function objectsIn(answer: unknown): readonly unknown[] {
  return isObject(answer) && Array.isArray(answer.items) ? answer.items : [answer];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
