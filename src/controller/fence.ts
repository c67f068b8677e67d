import { cacheOf, type Informer, isAtLeast, type SharedCache } from '../cache/index.js';
import type { WriteHooks } from '../client/api-caller.js';
import { isTimeoutError, type RequestContext } from '../errors/index.js';
import { type KubeObject, type LabelQuery, type Scope, toLabelSelector } from '../meta/index.js';

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
  readonly resource: string;
  readonly informer: Informer<KubeObject, Scope>;
  readonly labels: LabelQuery | undefined;
}

/** What one reconcile has written, and whether the caches that its controller reads have seen it. */
export class Fence implements WriteHooks {
  readonly #caches: readonly FencedCache[];
  readonly #check: () => void;
  readonly #writes: Write[] = [];

  /** `check` is asked before every write, and may throw. */
  constructor(caches: readonly FencedCache[], check: () => void) {
    this.#caches = caches;
    this.#check = check;
  }

  before(): void {
    this.#check();
  }

  written(context: RequestContext, answer: unknown): void {
    const { resource } = context;
    if (resource === undefined || !this.#caches.some((cache) => cache.resource === resource)) return;
    const deleted = context.verb === 'delete' || context.verb === 'deletecollection';
    for (const object of objectsIn(answer)) {
      const write = writeOf(context, resource, object, deleted);
      if (write !== undefined) this.#writes.push(write);
    }
  }

  failed(): void {}

  /**
   * Waits until the caches have seen the writes. Undefined when there is nothing to wait for; otherwise whether they have, within
   * `timeoutMs`. Never rejects.
   */
  settle(timeoutMs: number, signal: AbortSignal): Promise<boolean> | undefined {
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
  if (!isRecord(object)) return undefined;
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  const details = isRecord(object.details) ? object.details : {};
  const name = text(metadata.name) ?? context.name;
  if (name === undefined) return undefined;
  const namespace = text(metadata.namespace) ?? context.namespace;
  return {
    resource,
    namespace,
    key: namespace === undefined ? name : `${namespace}/${name}`,
    uid: text(metadata.uid) ?? text(details.uid),
    resourceVersion: text(metadata.resourceVersion),
    labels: isRecord(metadata.labels)
      ? Object.fromEntries(Object.entries(metadata.labels).map(([k, v]) => [k, `${v}`]))
      : {},
    deleted,
  };
}

function objectsIn(answer: unknown): readonly unknown[] {
  return isRecord(answer) && Array.isArray(answer.items) ? answer.items : [answer];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
