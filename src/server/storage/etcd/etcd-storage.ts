import { Buffer } from 'node:buffer';
import { abortForMany } from '../../../util/abort.js';
import { type Clock, systemClock, type Timer } from '../../../util/clock.js';
import { Encryption, type SealedValue } from '../encryption/encryption.js';
import {
  CompactedError,
  type GetResult,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type Storage,
  type StorageWatch,
  type WatchListener,
  type WriteResult,
} from '../storage.js';
import { StorageError } from '../storage-error.js';
import { WatchCache, type WatchCacheOptions } from '../watch-cache.js';
import { EtcdClient, EtcdCompactedError, type EtcdEndpoints } from './etcd-client.js';
import { EventLeases } from './event-leases.js';
import type { EtcdKeyValue, Operation, WatchResponse } from './requests.js';
import { RevisionReads } from './revision-reads.js';
import type { Translation } from './translation.js';
import { UnreadableValues } from './unreadable-values.js';

/** Options of `EtcdStorage.open`. */
export interface EtcdStorageOptions extends EtcdEndpoints, WatchCacheOptions {
  readonly translation: Translation;
  /** The prefix of all keys of the cluster in etcd, without a slash at the end. Default: `/registry`. */
  readonly prefix?: string | undefined;
  /** The keys that etcd deletes some time after their last write: those with one of these prefixes. Default: none. */
  readonly expiring?: readonly ExpiringKeys[] | undefined;
  /** Encrypts values in etcd. Default: values are stored as they are. */
  readonly encryption?: Encryption | undefined;
  /** Called with the key of a value that cannot be read. Requests that need it fail. Default: does nothing. */
  readonly onUnreadable?: ((key: string, error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** Keys that etcd deletes some time after their last write. */
export interface ExpiringKeys {
  readonly prefix: string;
  readonly ttlMs: number;
}

/** One call to etcd reads this many keys. */
const pageLength = 1_000;
/** A read waits this long until the cache has the writes that it must show. */
const freshMs = 10_000;
/** The time between attempts to watch again. */
const retryMs = 500;
/** The key with which API servers agree who compacts. It stands outside of the prefix. */
const compactKey = 'compact_rev_key';

/**
 * A store in etcd, which other API servers may use at the same time. The whole key space is in the cache, and a watch keeps it up to date:
 * lists and watches do not touch etcd. A read asks etcd for its revision only, and waits until the cache has reached it, so that it
 * shows every write that was answered before, by any server. The watch is of all keys, so that each revision arrives.
 */
export class EtcdStorage implements Storage {
  readonly isShared = true;
  readonly expiresKeys: boolean;
  readonly #client: EtcdClient;
  readonly #options: EtcdStorageOptions;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #leases: readonly { readonly prefix: string; readonly leases: EventLeases }[];
  readonly #revisions: RevisionReads;
  readonly #closing = abortForMany();
  readonly #waiting = new Set<{ readonly revision: number; readonly resolve: () => void }>();
  /** The values of this server's writes under way, so that their events need not be decoded. */
  readonly #writing = new Map<string, SealedValue & { readonly value: Uint8Array }>();
  readonly #encryption: Encryption;
  readonly #unsubscribe: () => void;
  #unreadable = new UnreadableValues();
  #cache = new WatchCache(0);
  #watch: { close(): void } | undefined;
  #retry: Timer | undefined;
  /** Rises whenever the watch begins anew, so that only the latest attempt goes on. */
  #attempt = 0;
  /** The version of `compact_rev_key` that this server saw last. */
  #compactVersion = 0;

  private constructor(client: EtcdClient, options: EtcdStorageOptions) {
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#prefix = options.prefix ?? '/registry';
    this.#encryption = options.encryption ?? new Encryption([], () => '');
    this.#unsubscribe = this.#encryption.subscribe(() => {
      if (!this.#unreadable.isEmpty) this.#resume(true);
    });
    this.expiresKeys = options.expiring !== undefined;
    this.#leases = (options.expiring ?? []).map(({ prefix, ttlMs }) => ({
      prefix,
      leases: new EventLeases(client, this.#clock, ttlMs / 1_000),
    }));
    this.#revisions = new RevisionReads(
      async () => (await client.range({ key: compactKey, countOnly: true })).revision,
    );
  }

  /** Connects, and reads all keys. Throws a `StorageError` if etcd does not answer. */
  static async open(options: EtcdStorageOptions): Promise<EtcdStorage> {
    const client = await EtcdClient.open(options);
    try {
      const storage = new EtcdStorage(client, options);
      await storage.#load();
      storage.#follow();
      return storage;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  async revision(): Promise<number> {
    await this.#fresh();
    return this.#cache.revision;
  }

  async get(key: string, options: { revision?: number } = {}): Promise<GetResult> {
    await this.#freshFor(options.revision);
    this.#unreadable.check(key);
    if (!this.#isGone(options.revision)) return this.#cache.get(key, options);
    const { kvs } = await this.#readEtcd({ key: this.#etcdKey(key), revision: options.revision });
    return { kv: kvs[0], revision: this.#cache.revision };
  }

  async range(start: string, end: string, options: RangeOptions = {}): Promise<RangeResult> {
    await this.#freshFor(options.revision);
    this.#unreadable.checkRange(start, end);
    if (!this.#isGone(options.revision)) return this.#cache.range(start, end, options);
    const { revision, limit } = options;
    const { kvs, count } = await this.#readEtcd({
      key: this.#etcdKey(start),
      end: this.#etcdKey(end),
      revision,
      limit,
    });
    return { kvs, count, revision: this.#cache.revision };
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    const etcdKey = this.#etcdKey(key);
    const encoded = this.#options.translation.encode(key, value);
    const sealed = this.#encryption.seal(key, encoded, etcdKey);
    const lease = await this.#leaseFor(key);
    this.#writing.set(etcdKey, { ...sealed, value });
    try {
      return await this.#transact(key, expected, { put: { key: etcdKey, value: sealed.stored, lease } });
    } finally {
      this.#writing.delete(etcdKey);
    }
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    // A key that does not exist has the revision 0 in etcd, which is not a revision to delete at.
    if (expected === 0) return { ok: false, current: (await this.get(key)).kv };
    return this.#transact(key, expected, { delete: { key: this.#etcdKey(key) } });
  }

  isStale(kv: KeyValue): boolean {
    return this.#encryption.isStale(kv);
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    return this.#cache.watch(start, end, after, listener);
  }

  /**
   * Compacts etcd up to `revision`, unless another server has done so since this one's last time: the version of a key decides, as in
   * kube-apiserver.
   */
  async compact(revision: number): Promise<void> {
    const { succeeded, kvs } = await this.#client.transaction({
      compare: { key: compactKey, version: this.#compactVersion },
      success: { put: { key: compactKey, value: Buffer.from(String(revision)) } },
      failure: { range: { key: compactKey } },
    });
    if (succeeded) {
      this.#compactVersion++;
      await this.#client.compact(revision).catch((error: unknown) => {
        if (!(error instanceof EtcdCompactedError)) throw error;
      });
    } else this.#compactVersion = kvs[0]?.version ?? 0;
    if (revision > this.#cache.compactRevision) this.#cache.compact(revision);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#unsubscribe();
    this.#retry?.cancel();
    this.#watch?.close();
    this.#cache.close();
    this.#settle();
    this.#client.close();
  }

  async #transact(key: string, expected: number, success: Operation): Promise<WriteResult> {
    const etcdKey = this.#etcdKey(key);
    const { succeeded, revision, kvs } = await this.#client.transaction({
      compare: { key: etcdKey, modRevision: expected },
      success,
      // kube-apiserver creates without an alternative. Databases that speak etcd's protocol know its transactions by their shape.
      failure: expected === 0 ? undefined : { range: { key: etcdKey } },
    });
    // The state that the answer speaks of is in the cache before the answer: watches hear of a write before its writer.
    await this.#reach(succeeded ? revision : (kvs[0]?.modRevision ?? revision));
    return succeeded ? { ok: true, revision } : { ok: false, current: this.#cache.current(key) };
  }

  async #leaseFor(key: string): Promise<bigint | undefined> {
    return this.#leases.find(({ prefix }) => key.startsWith(prefix))?.leases.lease();
  }

  /** Waits until the cache has every write that was answered before this call. */
  async #fresh(): Promise<void> {
    await this.#reach(await this.#revisions.read());
  }

  async #freshFor(revision: number | undefined): Promise<void> {
    if (revision === undefined || revision === 0) await this.#fresh();
    else if (revision > this.#cache.revision) await this.#fresh();
  }

  /** Returns true if a revision is older than the cache. etcd may still have it. */
  #isGone(revision: number | undefined): boolean {
    return revision !== undefined && revision > 0 && revision < this.#cache.compactRevision;
  }

  async #reach(revision: number): Promise<void> {
    if (this.#cache.revision >= revision) return;
    await new Promise<void>((resolve) => {
      const waiting = { revision, resolve: () => done() };
      const timer = this.#clock.setTimer(freshMs, () => done());
      const done = (): void => {
        timer.cancel();
        this.#waiting.delete(waiting);
        resolve();
      };
      this.#waiting.add(waiting);
    });
    if (this.#closing.signal.aborted) throw new StorageError('StoreClosed', 'cannot use etcd: the store was closed.');
    if (this.#cache.revision < revision)
      throw new StorageError(
        'EtcdUnavailable',
        `cannot read from etcd: its watch has reached revision ${this.#cache.revision}, and ${revision} is needed. Check its members.`,
      );
  }

  /** Lets the calls go on whose revision the cache has reached, and all of them once the store is closed. */
  #settle(): void {
    for (const { revision, resolve } of this.#waiting)
      if (revision <= this.#cache.revision || this.#closing.signal.aborted) resolve();
  }

  async #readEtcd(request: { key: string; end?: string; revision?: number | undefined; limit?: number | undefined }) {
    try {
      const { kvs, count } = await this.#client.range(request);
      return { kvs: kvs.flatMap((kv) => this.#opened(kv) ?? []), count };
    } catch (error) {
      if (error instanceof EtcdCompactedError) throw new CompactedError(this.#cache.compactRevision);
      throw error;
    }
  }

  /** Reads all keys into a new cache, in pages of one revision. Watches of the old cache end: they missed what happened meanwhile. */
  async #load(): Promise<void> {
    const end = `${this.#prefix}0`;
    let key = `${this.#prefix}/`;
    let revision = 0;
    const attempt = this.#attempt;
    const loaded: KeyValue[] = [];
    const unreadable = new UnreadableValues();
    for (;;) {
      const page = await this.#client.range({ key, end, limit: pageLength, revision });
      if (revision === 0) revision = page.revision;
      for (const kv of page.kvs) {
        const own = this.#fromEtcd(kv, unreadable);
        if (own !== undefined) loaded.push(own);
      }
      const last = page.kvs.at(-1);
      if (last === undefined || page.count <= page.kvs.length) break;
      key = `${last.key}\0`;
    }
    if (attempt !== this.#attempt) return;
    const old = this.#cache;
    this.#unreadable = unreadable;
    this.#cache = new WatchCache(revision, this.#options);
    for (const kv of loaded) this.#cache.load(kv);
    old.restart(revision, new CompactedError(revision));
    this.#settle();
  }

  /** Applies the changes behind the cache's revision, for as long as the store is open. */
  #follow(): void {
    if (this.#closing.signal.aborted) return;
    this.#watch = this.#client.watch(this.#cache.revision + 1, {
      response: (response) => {
        if (response.canceled) this.#resume(response.compactRevision > 0);
        else this.#apply(response);
      },
      ended: () => this.#resume(false),
    });
  }

  /** Watches again in a moment. With `load`, reads all keys before. */
  #resume(load: boolean): void {
    const attempt = ++this.#attempt;
    this.#watch?.close();
    this.#retry?.cancel();
    const isLatest = (): boolean => attempt === this.#attempt && !this.#closing.signal.aborted;
    this.#retry = this.#clock.setTimer(retryMs, () => {
      const loaded = load ? this.#load() : Promise.resolve();
      loaded.then(
        () => isLatest() && this.#follow(),
        () => isLatest() && this.#resume(true),
      );
    });
  }

  #apply({ events }: WatchResponse): void {
    for (const { type, kv } of events) {
      const key = this.#ownKey(kv.key);
      if (key === undefined) this.#cache.advance(kv.modRevision);
      else if (type === 'delete') {
        this.#unreadable.delete(key);
        if (this.#cache.current(key) === undefined) this.#cache.advance(kv.modRevision);
        else this.#cache.delete(key, kv.modRevision);
      } else {
        const own = this.#fromEtcd(kv, this.#unreadable);
        if (own === undefined) this.#cache.advance(kv.modRevision);
        else this.#cache.put(own);
      }
    }
    this.#settle();
  }

  /** Returns the current value of a key. Returns undefined for keys of others, and for a value that cannot be read. */
  #fromEtcd(kv: EtcdKeyValue, unreadable: UnreadableValues): KeyValue | undefined {
    const key = this.#ownKey(kv.key);
    if (key === undefined) return undefined;
    try {
      const own = this.#opened(kv);
      unreadable.delete(key);
      return own;
    } catch (error) {
      unreadable.add(key, kv.key, error);
      this.#options.onUnreadable?.(kv.key, error);
      return undefined;
    }
  }

  /** Decrypts and decodes. Throws if that is not possible. Returns undefined for keys of others. */
  #opened(kv: EtcdKeyValue): KeyValue | undefined {
    const key = this.#ownKey(kv.key);
    if (key === undefined) return undefined;
    const { createRevision, modRevision } = kv;
    const writing = this.#writing.get(kv.key);
    if (writing !== undefined && kv.value.equals(writing.stored)) {
      const { value, sealedBy } = writing;
      return { key, value, createRevision, modRevision, sealedBy };
    }
    const { value, sealedBy } = this.#encryption.open(key, kv.value, kv.key);
    return { key, value: this.#options.translation.decode(key, value), createRevision, modRevision, sealedBy };
  }

  #etcdKey(key: string): string {
    return this.#prefix + this.#options.translation.toEtcd(key).slice('/registry'.length);
  }

  #ownKey(key: string): string | undefined {
    if (!key.startsWith(`${this.#prefix}/`)) return undefined;
    return this.#options.translation.fromEtcd(`/registry${key.slice(this.#prefix.length)}`);
  }
}
