import { ConfigMap, Secret } from '../../../../generated/core/v1.js';
import { isNotFound } from '../../../errors/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { ContainerError } from '../runtime/container-error.js';

/** The bytes of a ConfigMap or a Secret by key. */
export type ConfigData = ReadonlyMap<string, Buffer>;

/** Reads the ConfigMaps and Secrets that pods refer to. */
export class ConfigSources {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Returns the data of a ConfigMap, or undefined when it does not exist and is optional. */
  async configMap(namespace: string, name: string, optional: boolean): Promise<ConfigData | undefined> {
    const found = await this.#read(() => this.#cluster.resource(ConfigMap).in(namespace).get(name), optional);
    if (found === undefined) return undefined;
    const data = new Map<string, Buffer>();
    for (const [key, text] of Object.entries(found.data ?? {})) data.set(key, Buffer.from(text));
    for (const [key, bytes] of Object.entries(found.binaryData ?? {})) data.set(key, Buffer.from(bytes, 'base64'));
    return data;
  }

  /** Returns the data of a Secret, or undefined when it does not exist and is optional. */
  async secret(namespace: string, name: string, optional: boolean): Promise<ConfigData | undefined> {
    const found = await this.#read(() => this.#cluster.resource(Secret).in(namespace).get(name), optional);
    if (found === undefined) return undefined;
    return new Map(Object.entries(found.data ?? {}).map(([key, bytes]) => [key, Buffer.from(bytes, 'base64')]));
  }

  async #read<T>(get: () => Promise<T>, optional: boolean): Promise<T | undefined> {
    try {
      return await get();
    } catch (error) {
      if (optional && isNotFound(error)) return undefined;
      throw new ContainerError('CreateContainerConfigError', statusMessage(error), { cause: error });
    }
  }
}

/** Returns the server's own words, without the client's. */
function statusMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'status' in error) {
    const { status } = error;
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message);
  }
  return error instanceof Error ? error.message : String(error);
}
