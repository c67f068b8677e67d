import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expiringKeys } from '../../src/server/api-server.js';
import { openEtcd } from '../../src/server/etcd.js';
import { DurableStorage } from '../../src/server/storage/durable/durable-storage.js';
import type {
  GetResult,
  RangeOptions,
  RangeResult,
  Storage,
  StorageWatch,
  WatchListener,
  WriteResult,
} from '../../src/server/storage/storage.js';
import type { Clock } from '../../src/util/clock.js';

/**
 * Returns the store that KEELSON_TEST_STORAGE names: `durable` in a new folder, or `etcd` at the URL in KEELSON_TEST_ETCD, under a new
 * prefix. Undefined for the store in memory, the default. The suite of the server runs on each of them.
 */
export function chosenStorage(clock: Clock | undefined): Storage | undefined {
  const chosen = process.env.KEELSON_TEST_STORAGE ?? 'memory';
  switch (chosen) {
    case 'memory':
      return undefined;
    case 'durable': {
      const folder = mkdtempSync(join(tmpdir(), 'keelson-test-'));
      process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
      return new OpeningStorage(DurableStorage.open(folder, { clock }));
    }
    case 'etcd': {
      const servers = process.env.KEELSON_TEST_ETCD;
      if (servers === undefined) throw new Error('cannot test with etcd: KEELSON_TEST_ETCD does not name its URL');
      const options = { runtimeConfig: 'api/all=true', expiring: expiringKeys(3_600_000), clock };
      return new OpeningStorage(openEtcd({ servers: [servers], prefix: `/${randomUUID()}` }, options));
    }
    default:
      throw new Error(`cannot test with KEELSON_TEST_STORAGE=${chosen}: there is no such store`);
  }
}

/** A store that is still being opened, for servers that are constructed at once. Calls wait until it is open. */
class OpeningStorage implements Storage {
  #opened: Storage | undefined;
  readonly #opening: Promise<Storage>;

  constructor(opening: Promise<Storage>) {
    this.#opening = opening.then((storage) => {
      this.#opened = storage;
      return storage;
    });
  }

  async revision(): Promise<number> {
    return (this.#opened ?? (await this.#opening)).revision();
  }

  async get(key: string, options?: { revision?: number }): Promise<GetResult> {
    return (this.#opened ?? (await this.#opening)).get(key, options);
  }

  async range(start: string, end: string, options?: RangeOptions): Promise<RangeResult> {
    return (this.#opened ?? (await this.#opening)).range(start, end, options);
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return (this.#opened ?? (await this.#opening)).put(key, value, expected);
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    return (this.#opened ?? (await this.#opening)).delete(key, expected);
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    if (this.#opened === undefined) throw new Error('a watch begins at a revision, and so after the store was opened');
    return this.#opened.watch(start, end, after, listener);
  }

  async compact(revision: number): Promise<void> {
    await (this.#opened ?? (await this.#opening)).compact(revision);
  }

  async close(): Promise<void> {
    await (this.#opened ?? (await this.#opening)).close();
  }
}
