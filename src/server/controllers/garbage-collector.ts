import type { DeleteOptions, OwnerReference } from '../../meta/index.js';
import { onAbort } from '../../util/abort.js';
import { nextTurn } from '../../util/next-turn.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { afterPrefix, storageKey } from '../scheme/storage-keys.js';
import { CompactedError, type KeyValue } from '../storage/storage.js';
import { loadWrites } from '../verbs/load-writes.js';
import { changeObject, withoutFinalizer } from './change.js';
import { controllerOperation } from './controller-operation.js';
import { ControllerQueue } from './controller-queue.js';
import { foregroundFinalizer, mayMatter, type Ownable, Ownership, orphanFinalizer } from './ownership.js';
import { type Place, Places } from './places.js';

const manager = 'generic-garbage-collector';
const everything = '/registry/';

/**
 * Collects garbage by the rules of kube-controller-manager (`attemptToDeleteItem`, `processDeletingDependentsItem`, `attemptToOrphan`):
 * - it deletes objects whose owners are all gone;
 * - it keeps owners that are deleted in the foreground until the dependents that block them are gone;
 * - it releases the dependents of owners that are deleted with orphaning.
 */
export function runGarbageCollector(server: ServerContext, signal: AbortSignal): void {
  const collector = new GarbageCollector(server, signal);
  // What is there already can wait: the first answer goes before it.
  nextTurn(() => {
    if (!signal.aborted) collector.start();
  });
}

/** The state of an owner: it lives, is gone, waits for its dependents, or has a kind that the server does not serve. */
type Standing = 'solid' | 'dangling' | 'waiting' | 'unknown';

class GarbageCollector {
  readonly #server: ServerContext;
  readonly #signal: AbortSignal;
  readonly #places: Places;
  readonly #ownership = new Ownership();
  /** Owners under way of going that wait for dependents: uid to key. */
  readonly #waiting = new Map<string, string>();
  /** Keys with an owner of a kind that is not served: looked at again when definitions change. */
  readonly #unknown = new Set<string>();
  readonly #queue: ControllerQueue;

  constructor(server: ServerContext, signal: AbortSignal) {
    this.#server = server;
    this.#signal = signal;
    this.#places = new Places(server.scheme);
    this.#queue = new ControllerQueue(server, signal, (key) => this.#look(key));
  }

  start(): void {
    const { storage } = this.#server;
    const end = afterPrefix(everything);
    // A store that cannot be read says so in every answer; a controller adds nothing to that.
    storage.range(everything, end).then(
      ({ kvs, revision }) => {
        this.#ownership.clear();
        this.#waiting.clear();
        for (const kv of kvs) if (mayMatter(kv)) this.#seen(undefined, this.#ownership.read(kv));
        this.#follow(revision);
      },
      () => {},
    );
  }

  /** Follows every write after a revision. */
  #follow(revision: number): void {
    const { storage } = this.#server;
    let stopListening = (): void => {};
    const watch = storage.watch(everything, afterPrefix(everything), revision, {
      events: (batch) => {
        for (const { type, kv, previous } of batch) this.#changed(kv.key, previous, type === 'put' ? kv : undefined);
      },
      ended: (error) => {
        stopListening();
        if (error === undefined || this.#signal.aborted) return;
        // If the restored storage lists its changes, the controller need not read everything again.
        if (!(error instanceof CompactedError) || error.undone === undefined) {
          this.start();
          return;
        }
        for (const { key, from, to } of error.undone) this.#changed(key, from, to);
        this.#follow(error.compactRevision);
      },
    });
    stopListening = onAbort(this.#signal, () => watch.close());
  }

  #changed(key: string, from: KeyValue | undefined, to: KeyValue | undefined): void {
    const read = (kv: KeyValue | undefined) => (kv === undefined ? undefined : this.#ownership.read(kv));
    this.#seen(read(from), read(to));
    if (key.startsWith(this.#places.definitions)) {
      for (const key of this.#unknown) this.#queue.add(key);
      this.#unknown.clear();
    }
  }

  /** Decides who has to be looked at after a write. */
  #seen(before: Ownable | undefined, after: Ownable | undefined): void {
    if ((before?.owners.length ?? 0) > 0 || (after?.owners.length ?? 0) > 0) {
      this.#ownership.note(before, after);
      // An owner that waits for this one may have less to wait for now.
      for (const { uid } of before?.owners ?? []) {
        const key = this.#waiting.get(uid);
        if (key !== undefined) this.#queue.add(key);
      }
    }
    if (after !== undefined && (after.owners.length > 0 || isHeld(after))) this.#queue.add(after.key);
    const gone = before !== undefined && before.uid !== after?.uid;
    if (!gone) return;
    this.#waiting.delete(before.uid);
    for (const key of this.#ownership.dependentsOf(before.uid)) this.#queue.add(key);
  }

  async #look(key: string): Promise<void> {
    const { kv } = await this.#server.storage.get(key);
    if (kv === undefined) return;
    const item = this.#ownership.read(kv);
    if (isOrphaning(item)) await this.#orphan(item);
    else if (isWaiting(item)) await this.#finishForeground(item);
    else if (!item.deleting && item.owners.length > 0) await this.#collect(item);
  }

  /** Takes the owner out of its dependents, then lets it go. */
  async #orphan(owner: Ownable): Promise<void> {
    for (const key of this.#ownership.dependentsOf(owner.uid)) {
      await this.#change(key, (object) => withoutOwners(object, new Set([owner.uid])));
    }
    await this.#change(owner.key, (object) => withoutFinalizer(object, orphanFinalizer));
  }

  /** Deletes what depends on the owner; when nothing of it blocks the owner's going any more, lets it go. */
  async #finishForeground(owner: Ownable): Promise<void> {
    this.#waiting.set(owner.uid, owner.key);
    let blocked = false;
    for (const key of this.#ownership.dependentsOf(owner.uid)) {
      const { kv } = await this.#server.storage.get(key);
      if (kv === undefined) continue;
      const dependent = this.#ownership.read(kv);
      blocked ||= dependent.owners.some(
        ({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true,
      );
      if (!dependent.deleting) await this.#collect(dependent);
    }
    if (blocked) return;
    this.#waiting.delete(owner.uid);
    await this.#change(owner.key, (object) => withoutFinalizer(object, foregroundFinalizer));
  }

  /** Deletes an object if none of its owners is left, or takes out those who are not. */
  async #collect(item: Ownable): Promise<void> {
    const place = await this.#placeOf(item.key);
    if (place === undefined) return;
    const standings = new Map<OwnerReference, Standing>();
    for (const reference of item.owners) standings.set(reference, await this.#standing(place, reference));
    const are = (standing: Standing): boolean => [...standings.values()].includes(standing);
    if (are('unknown')) {
      this.#unknown.add(item.key);
      return;
    }
    if (are('solid')) {
      const going = new Set([...standings].filter(([, standing]) => standing !== 'solid').map(([{ uid }]) => uid));
      if (going.size > 0) await this.#change(item.key, (object) => withoutOwners(object, going));
      return;
    }
    const inForeground = are('waiting') && this.#ownership.dependentsOf(item.uid).length > 0;
    if (inForeground) await this.#unblockCircle(item);
    const propagationPolicy = inForeground ? 'Foreground' : policyAsked(item);
    await this.#delete(place, { propagationPolicy, preconditions: { uid: item.uid } });
  }

  /** Two that wait for each other would wait for ever: the second no longer blocks the first. */
  async #unblockCircle(item: Ownable): Promise<void> {
    const circle = this.#ownership.dependentsOf(item.uid).some((key) => [...this.#waiting.values()].includes(key));
    if (!circle) return;
    await this.#change(item.key, (object) => {
      for (const reference of object.metadata.ownerReferences ?? []) delete reference.blockOwnerDeletion;
    });
  }

  async #standing(dependent: Place, reference: OwnerReference): Promise<Standing> {
    const resource = this.#server.scheme.resourceOfKind(reference.apiVersion, reference.kind);
    if (resource === undefined) return 'unknown';
    // A cluster-scoped object cannot be owned from within a namespace: no lookup can tell, so it is left alone.
    if (resource.namespaced && dependent.namespace === undefined) return 'unknown';
    const { kv } = await this.#server.storage.get(storageKey(resource, dependent.namespace, reference.name));
    if (kv === undefined) return 'dangling';
    const owner = this.#ownership.read(kv);
    if (owner.uid !== reference.uid) return 'dangling';
    return isWaiting(owner) ? 'waiting' : 'solid';
  }

  async #delete(place: Place, options: DeleteOptions): Promise<void> {
    const { deleteStored } = await loadWrites();
    await deleteStored(this.#request(place), place.name, { ...options, dryRunAll: false });
  }

  async #change(key: string, change: (object: ServerObject) => void): Promise<void> {
    const place = await this.#placeOf(key);
    if (place === undefined) return;
    await changeObject(this.#request(place), manager, change);
  }

  async #placeOf(key: string): Promise<Place | undefined> {
    await this.#server.definitions.settled();
    return this.#places.of(key);
  }

  #request({ resource, namespace, name }: Place) {
    return controllerOperation(this.#server, resource, { namespace, name }, manager);
  }
}

function isOrphaning({ deleting, finalizers }: Ownable): boolean {
  return deleting && finalizers.includes(orphanFinalizer);
}

function isWaiting({ deleting, finalizers }: Ownable): boolean {
  return deleting && finalizers.includes(foregroundFinalizer);
}

function isHeld(item: Ownable): boolean {
  return isOrphaning(item) || isWaiting(item);
}

/** Returns the deletion policy that the object's own finalizers ask for. */
function policyAsked({ finalizers }: Ownable): string {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}

function withoutOwners({ metadata }: ServerObject, uids: ReadonlySet<string>): void {
  const left = (metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
  if (left.length > 0) metadata.ownerReferences = left;
  else delete metadata.ownerReferences;
}
