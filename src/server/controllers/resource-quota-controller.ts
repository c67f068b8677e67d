import { Buffer } from 'node:buffer';
import { onAbort } from '../../util/abort.js';
import { fieldsOf } from '../../util/json-fields.js';
import { equal } from '../../util/json-value.js';
import type { Operation, ServedResource, ServerContext } from '../object/server-context.js';
import { afterPrefix, storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { KeyValue, StorageEvent } from '../storage/storage.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';
import { ControllerQueue } from './controller-queue.js';
import { follow } from './follow.js';
import { Places } from './places.js';

const manager = 'resourcequota-controller';
const everything = '/registry/';
/** The interval at which everything is counted again (kube-controller-manager's `--resource-quota-sync-period`). */
const resyncMs = 300_000;

/**
 * Says in the status of every quota what it limits and what its namespace uses: kube-controller-manager's `resourcequota`. What is made is
 * charged by admission, so that it counts anew when limits change, and when something goes or may use less than before.
 */
export function runResourceQuota(server: ServerContext, signal: AbortSignal): void {
  const quotas = server.scheme.resource('', 'v1', 'resourcequotas');
  if (quotas === undefined) return;
  const counter = new QuotaCounter(server, signal, quotas);
  follow(server, signal, quotas, async (kv) => counter.written(kv), { onGone: async (key) => counter.gone(key) });
}

class QuotaCounter {
  readonly #server: ServerContext;
  readonly #signal: AbortSignal;
  readonly #quotas: ServedResource;
  readonly #places: Places;
  /** The limits of each quota, by its key. */
  readonly #limits = new Map<string, unknown>();
  /** Namespaces to count anew. */
  readonly #queue: ControllerQueue;
  #stop: (() => void) | undefined;
  #resync: { cancel(): void } | undefined;

  constructor(server: ServerContext, signal: AbortSignal, quotas: ServedResource) {
    this.#server = server;
    this.#signal = signal;
    this.#quotas = quotas;
    this.#places = new Places(server.scheme);
    this.#queue = new ControllerQueue(server, signal, (namespace) => this.#count(namespace));
  }

  /** A status that somebody else writes is let be, as by the real one, until there is a reason to count. */
  written(kv: KeyValue): void {
    const { hard } = fieldsOf(decodeStored(kv, this.#quotas).spec);
    const known = this.#limits.has(kv.key) && equal(this.#limits.get(kv.key), hard);
    this.#limits.set(kv.key, hard);
    this.#listen();
    this.#resync ??= this.#scheduled();
    if (!known) this.#queue.add(this.#namespaceOf(kv.key));
  }

  gone(key: string): void {
    this.#limits.delete(key);
    if (this.#limits.size > 0) return;
    this.#resync?.cancel();
    this.#resync = undefined;
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Counts everything once in a while, which puts right what others wrote into a status. */
  #scheduled(): { cancel(): void } {
    const { clock } = this.#server;
    const timer = clock.setTimer(resyncMs, () => {
      stop();
      for (const key of this.#limits.keys()) this.#queue.add(this.#namespaceOf(key));
      this.#resync = this.#scheduled();
    });
    const stop = onAbort(this.#signal, () => timer.cancel());
    return {
      cancel: () => {
        stop();
        timer.cancel();
      },
    };
  }

  #namespaceOf(key: string): string {
    return key.slice(this.#quotas.prefix.length, key.lastIndexOf('/'));
  }

  /** Hears of every write from now on. Servers without quotas have nobody who listens. */
  #listen(): void {
    if (this.#stop !== undefined) return;
    this.#stop = () => {};
    const { storage } = this.#server;
    const listen = (revision: number): void => {
      let stopListening = (): void => {};
      const watch = storage.watch(everything, afterPrefix(everything), revision, {
        events: (batch) => {
          for (const event of batch) this.#changed(event);
        },
        // The quotas are looked at anew then, with all that they count.
        ended: () => {
          stopListening();
          this.#stop = undefined;
          this.#limits.clear();
        },
      });
      stopListening = onAbort(this.#signal, () => watch.close());
      this.#stop = () => watch.close();
    };
    storage.revision().then(listen, () => {});
  }

  #changed({ type, kv }: StorageEvent): void {
    const place = this.#places.of(kv.key);
    if (place?.namespace === undefined || !this.#isLimited(place.namespace)) return;
    if (type === 'delete' || mayUseLess(place.resource, kv)) this.#queue.add(place.namespace);
  }

  #isLimited(namespace: string): boolean {
    const start = `${this.#quotas.prefix}${namespace}/`;
    for (const key of this.#limits.keys()) if (key.startsWith(start)) return true;
    return false;
  }

  async #count(namespace: string): Promise<'requeue' | undefined> {
    const server = this.#server;
    const { start, end } = storageRange(this.#quotas, namespace);
    const { kvs } = await server.storage.range(start, end);
    if (kvs.length === 0) return undefined;
    let written = false;
    const { countUsed } = await import('../admission/quota-count.js');
    const { writeStatus } = await loadWrites();
    for (const kv of kvs) {
      const quota = decodeStored(kv, this.#quotas);
      const { hard = {} } = fieldsOf(quota.spec);
      const used = await countUsed(server, quota);
      const status = { hard, used };
      // An empty map is not stored: it equals one that is missing.
      const stored = fieldsOf(quota.status);
      if (equal(status, { hard: stored.hard ?? {}, used: stored.used ?? {} })) continue;
      const place = { namespace, name: quota.metadata.name, subresource: 'status' };
      const target: Operation = { ...controllerOperation(server, this.#quotas, place, manager), verb: 'update' };
      await writeStatus(target, controllerOptions(manager), { ...quota, status });
      written = true;
    }
    // Objects created before the limits were known were not charged: count again.
    return written ? 'requeue' : undefined;
  }
}

const moved = ['"phase":"Succeeded"', '"phase":"Failed"', '"activeDeadlineSeconds":'];

/**
 * Reports whether a written object may use less than before: pods that ended or may have changed their scope, and kinds that count by
 * their requests.
 */
function mayUseLess({ group, plural }: ServedResource, kv: KeyValue): boolean {
  if (group !== '' || kv.createRevision === kv.modRevision) return false;
  if (plural === 'services' || plural === 'persistentvolumeclaims') return true;
  if (plural !== 'pods') return false;
  const bytes = Buffer.from(kv.value.buffer, kv.value.byteOffset, kv.value.length);
  return moved.some((mark) => bytes.includes(mark));
}
