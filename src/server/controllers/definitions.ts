import type { ServedResource, ServerContext } from '../object/server-context.js';
import { afterPrefix } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { Storage, StorageWatch } from '../storage/storage.js';
import type { DefinitionController } from './definition-controller.js';

/**
 * Follows the CustomResourceDefinitions in the store and has their kinds served. What that takes is loaded when there is a
 * definition.
 */
export class Definitions {
  readonly #changed = new Set<string>();
  #controller: DefinitionController | undefined;
  #working: Promise<void> | undefined;
  /** Reading the store anew, after it has gone back. */
  #looking: Promise<void> | undefined;
  #watch: StorageWatch | undefined;
  #work: (() => Promise<void>) | undefined;

  /** Begins to follow; resolves when the kinds of all definitions that are there already are served. */
  async start(server: ServerContext): Promise<void> {
    const { storage, closing } = server;
    const resource = server.scheme.resource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
    if (resource === undefined) return;
    this.#work = () => this.#catchUp(server, resource);
    closing.addEventListener('abort', () => this.#watch?.close(), { once: true });
    await this.#follow(storage, resource.prefix);
    await this.settled();
  }

  async #follow(storage: Storage, prefix: string): Promise<void> {
    const end = afterPrefix(prefix);
    const { kvs, revision } = await storage.range(prefix, end);
    for (const kv of kvs) this.#changed.add(kv.key);
    this.#watch = storage.watch(prefix, end, revision, {
      events: (batch) => {
        for (const { kv } of batch) this.#changed.add(kv.key);
        this.#wake();
      },
      ended: (error) => {
        if (error === undefined) return;
        // The store has gone back: what is served now may be gone, and what is there may not be served.
        for (const key of this.#controller?.keys ?? []) this.#changed.add(key);
        this.#looking = this.#follow(storage, prefix).finally(() => {
          this.#looking = undefined;
        });
      },
    });
    if (this.#changed.size > 0) this.#wake();
  }

  /** Resolves when what was written to definitions before this call has taken effect. */
  async settled(): Promise<void> {
    while (this.#looking !== undefined || this.#working !== undefined) {
      await this.#looking;
      await this.#working;
    }
  }

  /** Has one definition looked at again: something it waits for has happened. */
  revisit(key: string): void {
    this.#changed.add(key);
    this.#wake();
  }

  #wake(): void {
    this.#working ??= this.#work?.().finally(() => {
      this.#working = undefined;
      if (this.#changed.size > 0) this.#wake();
    });
  }

  async #catchUp(server: ServerContext, resource: ServedResource): Promise<void> {
    const { DefinitionController } = await import('./definition-controller.js');
    this.#controller ??= new DefinitionController(server, resource, (key) => this.revisit(key));
    while (this.#changed.size > 0) {
      const [key = ''] = this.#changed;
      this.#changed.delete(key);
      if (server.closing.aborted) continue;
      const { kv } = await server.storage.get(key);
      // A write that fails because somebody else wrote comes round again as that other write.
      await this.#controller.look(key, kv === undefined ? undefined : decodeStored(kv, resource)).catch(() => {});
    }
  }
}
