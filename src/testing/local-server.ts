import { chmod, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Cluster, connect } from '../cache/index.js';
import type { ConnectOptions } from '../client/index.js';
import { ApiServer, type ApiServerOptions, type Listener, type ListenOptions, listen } from '../server/index.js';
import { kubeconfigText } from '../server/kubeconfig.js';
import { HandlerTransport } from './handler-transport.js';

/** How a server for tests is started. */
export interface LocalServerOptions extends ApiServerOptions {
  /**
   * Where it listens. Default: a free port on loopback. False: nowhere, `connect()` then reaches it inside the process, without a
   * socket.
   */
  readonly listen?: ListenOptions | boolean | undefined;
}

/** How a client of a server in this process behaves. The server is known already; as whom and how is up to the caller. */
export type LocalConnectOptions = Omit<ConnectOptions, 'server' | 'kubeconfig' | 'context'>;

/**
 * Starts a real API server in this process: empty but for the namespaces every cluster has, in memory, ready when the promise
 * resolves. Rejects when the port cannot be had.
 */
export async function startServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const { listen: where = true, ...rest } = options;
  const api = new ApiServer(rest);
  if (where === false) return new LocalServer(api, undefined, rest);
  try {
    return new LocalServer(api, await listen(api, where === true ? {} : where), rest);
  } catch (error) {
    await api.close();
    throw error;
  }
}

/** A running server and the ways to reach it. Close it when done: `await using server = await startServer()`, or `close()`. */
export class LocalServer {
  /** The server as a function from request to response. */
  readonly api: ApiServer;
  readonly #listener: Listener | undefined;
  readonly #options: ApiServerOptions;
  readonly #clusters = new Set<Cluster>();

  /** Use `startServer`. */
  constructor(api: ApiServer, listener: Listener | undefined, options: ApiServerOptions) {
    this.api = api;
    this.#listener = listener;
    this.#options = options;
  }

  /** Such as `http://127.0.0.1:34567`; undefined when it does not listen. */
  get url(): string | undefined {
    return this.#listener?.url;
  }

  /**
   * A client of this server: over the network where it listens, inside the process where it does not. It has the server's clock and
   * random source unless given its own, and is closed with the server.
   */
  async connect(options: LocalConnectOptions = {}): Promise<Cluster> {
    const { clock, random } = this.#options;
    const own = { clock, random, ...options };
    const cluster =
      this.url === undefined
        ? new Cluster(new HandlerTransport(this.api), own)
        : await connect({ ...own, server: this.url });
    this.#clusters.add(cluster);
    return cluster;
  }

  /**
   * Writes a kubeconfig with which kubectl and every other client reach this server, readable by this user alone. Gives its absolute
   * path. Throws when the server does not listen.
   */
  async writeKubeconfig(path: string): Promise<string> {
    if (this.url === undefined) {
      throw new Error('this server listens nowhere, so no kubeconfig can lead to it: start it without `listen: false`');
    }
    const absolute = resolve(path);
    await writeFile(absolute, kubeconfigText({ server: this.url }), { mode: 0o600 });
    // The mode above counts for new files only.
    await chmod(absolute, 0o600);
    return absolute;
  }

  /** Ends its clients and all connections, watches included. What it stored is gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#clusters].map((cluster) => cluster.close()));
    this.#clusters.clear();
    await this.api.close();
    await this.#listener?.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
