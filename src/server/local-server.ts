import { chmod, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
// Tests write as soon as they have a server: what the server loads when it starts and when something is written comes with the import.
import './controllers/index.js';
import './bootstrap/bootstrap-defaults.js';
import './bootstrap/bootstrap-roles.js';
import './verbs/writes.js';
import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { ConfigError, InvalidRequestError, isKubeError } from '../errors/index.js';
import type { Cluster, ConnectOptions } from '../sdk/index.js';
import { systemClock } from '../util/clock.js';
import { systemRandom } from '../util/random.js';
import { ApiServer, type ApiServerOptions } from './api-server.js';
import { Faults } from './faults/faults.js';
import { HandlerTransport } from './handler-transport.js';
import { kubeconfigText } from './kubeconfig-text.js';
import { type Listener, type ListenOptions, listen } from './listener.js';
import type { StorageSnapshot } from './storage/storage.js';

/** The options of a server for tests. */
export interface LocalServerOptions extends ApiServerOptions {
  /**
   * Where it listens. Default: a free port on loopback. False: nowhere, `connect()` then reaches it inside the process, without a
   * socket.
   */
  readonly listen?: ListenOptions | boolean | undefined;
  /** The folder where objects are kept, on disk. Default: in memory, gone with the server. */
  readonly dataDir?: string | undefined;
}

/** The state of a server at one moment. Only the server that made it can restore it. */
export type Snapshot = StorageSnapshot;

/** The options of a client for a server in this process. They include the user, but not the server's address. */
export type LocalConnectOptions = Omit<ConnectOptions, 'server' | 'servers' | 'kubeconfig' | 'context'>;

/**
 * Starts a real API server in this process, ready when the promise resolves. It is empty but for the namespaces that every cluster has,
 * unless `dataDir` holds more. Rejects if the port or the folder cannot be used.
 */
export async function startServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  checkOptions('startServer', options, localServerOptions);
  const { listen: where = true, dataDir, ...given } = options;
  if (typeof where === 'object') checkOptions('startServer listen', where, listenOptions);
  const kept = await keptIn(dataDir, given);
  const rest = { ...given, ...kept };
  const api = await configured(async () => new ApiServer(rest)).catch(async (error: unknown) => {
    await kept?.storage?.close();
    throw error;
  });
  if (where === false) return new LocalServer(api, undefined, rest);
  const local = new LocalServer(api, where === true ? {} : where, rest);
  try {
    await local.up();
    return local;
  } catch (error) {
    await api.close();
    throw configError(error);
  }
}

/** Opens a data folder, and returns the options of the server that uses it. */
async function keptIn(dataDir: string | undefined, options: ApiServerOptions): Promise<ApiServerOptions | undefined> {
  if (dataDir === undefined) return undefined;
  const { openDataFolder } = await import('./data-folder.js');
  const { storage, secrets } = await configured(() => openDataFolder(dataDir, options.clock));
  return { storage, serviceAccountSigningKey: options.serviceAccountSigningKey ?? secrets.serviceAccountKey };
}

/** Makes a part of a server. Throws a `ConfigError` for options that it refuses. */
async function configured<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw configError(error);
  }
}

/** Returns what the server, which knows no errors of clients, said about its options. */
function configError(error: unknown): unknown {
  if (!(error instanceof Error) || isKubeError(error)) return error;
  return new ConfigError(`cannot start the server: ${error.message}`, { cause: error });
}

const listenOptions: KeysOf<ListenOptions> = {
  host: true,
  port: true,
  tls: true,
  authenticate: true,
  listHeaders: true,
  drainTimeoutMs: true,
  headersTimeoutMs: true,
  requestTimeoutMs: true,
  maxConnections: true,
  maxBodyBytesInFlight: true,
  clock: true,
};

const localServerOptions: KeysOf<LocalServerOptions> = {
  listen: true,
  dataDir: true,
  storage: true,
  clock: true,
  random: true,
  runtimeConfig: true,
  featureGates: true,
  compactionIntervalMs: true,
  eventTtlMs: true,
  controllers: true,
  endpointReconcilerType: true,
  authorizationMode: true,
  authorizationPolicy: true,
  enableAdmissionPlugins: true,
  admissionConfiguration: true,
  disableAdmissionPlugins: true,
  certificateAuthority: true,
  clientCertificateAuthority: true,
  authenticate: true,
  anonymousAuth: true,
  anonymousPaths: true,
  aggregation: true,
  requestHeader: true,
  dial: true,
  lookup: true,
  kubelet: true,
  maxStreams: true,
  audit: true,
  bookmarkIntervalMs: true,
  watchBufferBytes: true,
  enablePriorityAndFairness: true,
  onError: true,
  maxRequestsInflight: true,
  maxMutatingRequestsInflight: true,
  serviceAccountIssuers: true,
  serviceAccountSigningKey: true,
  serviceAccountKeys: true,
  apiAudiences: true,
  serviceAccountJwksUri: true,
  serviceAccountMaxTokenExpirationMs: true,
  serviceClusterIpRange: true,
  serviceNodePortRange: true,
};

/** A running server and the ways to reach it. Close it when done: `await using server = await startServer()`, or `close()`. */
export class LocalServer {
  /** The server as a function from request to response, without faults. */
  readonly api: ApiServer;
  /** The faults between clients and this server. There are none until you add one. */
  readonly faults: Faults;
  #listening: ListenOptions | undefined;
  #listener: Listener | undefined;
  #url: string | undefined;
  readonly #options: ApiServerOptions;
  readonly #clusters = new Set<Cluster>();

  /** Use `startServer`. */
  constructor(api: ApiServer, listening: ListenOptions | undefined, options: ApiServerOptions) {
    this.api = api;
    this.#listening = listening;
    this.#options = options;
    const { clock = systemClock, random = systemRandom } = options;
    this.faults = new Faults({ api, clock, random });
  }

  /** Such as `http://127.0.0.1:34567`, also while it is down; undefined when it does not listen. */
  get url(): string | undefined {
    return this.#url;
  }

  /**
   * Remembers all that is stored, to go back to: take one when a test's fixtures stand, and `restore` it before each test. Costs
   * nothing now and memory for what is written afterwards.
   */
  snapshot(): Promise<Snapshot> {
    return this.api.snapshot();
  }

  /**
   * Goes back to what was stored then: less than a millisecond for what a test writes. Objects have their resourceVersions of then, the
   * collection's own goes on rising; watches end with the 410 that sends their clients to list anew. Snapshots taken after that one are
   * gone. Await what writes before: a request under way may write afterwards.
   */
  restore(snapshot: Snapshot): Promise<void> {
    return this.api.restore(snapshot);
  }

  /** Goes away as when its machine does: connections break, new ones are refused. What is stored stays. */
  async down(): Promise<void> {
    this.faults.reachable(false);
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close({ cut: true });
  }

  /** Comes back where it was. Rejects when somebody else has taken the port meanwhile. */
  async up(): Promise<void> {
    if (this.#listening !== undefined && this.#listener === undefined) {
      this.#listener = await listen(this.faults, this.#listening, 'options.listen.port');
      this.#listening = { ...this.#listening, port: this.#listener.port };
      this.#url = this.#listener.url;
    }
    this.faults.reachable(true);
  }

  /** Goes down and comes back after so long, by the clock it runs on. */
  async restart(downMs = 0): Promise<void> {
    await this.down();
    if (downMs > 0) await (this.#options.clock ?? systemClock).sleep(downMs);
    await this.up();
  }

  /**
   * A client of this server: over the network where it listens, inside the process where it does not. It has the server's clock and
   * random source unless given its own, and is closed with the server.
   */
  async connect(options: LocalConnectOptions = {}): Promise<Cluster> {
    const { clock, random } = this.#options;
    const own = { clock, random, ...options };
    // The server itself knows nothing of clients: one is loaded when it is asked for.
    const { Cluster, connect } = await import('../sdk/index.js');
    const cluster =
      this.url === undefined
        ? new Cluster(new HandlerTransport(this.faults), own)
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
      throw new InvalidRequestError(
        'cannot write a kubeconfig: this server listens on no port. Start it without `listen: false`.',
      );
    }
    const absolute = resolve(path);
    await writeFile(absolute, kubeconfigText({ server: this.url }), { mode: 0o600 });
    // The mode above counts for new files only.
    await chmod(absolute, 0o600);
    return absolute;
  }

  /** Ends its clients and all connections, watches included. Without `dataDir`, the stored objects are gone. */
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
