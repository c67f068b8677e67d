import { InvalidRequestError } from '../errors/index.js';
import { Cluster } from '../sdk/index.js';
import {
  HandlerTransport,
  type LocalConnectOptions,
  type LocalServer,
  type LocalServerOptions,
  startServer,
} from '../server/index.js';
import type { Clock } from '../util/clock.js';
import { FakeClock } from '../util/fake-clock.js';
import type { Random } from '../util/random.js';
import { ClusterComponents, type ClusterComponentsOptions } from './components.js';
import { FunctionNodes } from './function-nodes.js';
import type { FunctionImage } from './kubelet/function/function-container.js';
import { KubeletAuthority } from './kubelet-authority.js';
import { QuietTransport } from './quiet-transport.js';

/** Options of `startCluster`. */
export interface StartClusterOptions extends ClusterComponentsOptions {
  /**
   * Functions that stand for images, by patterns such as `nginx:*`. Pods then run them, on a network of their own. Default: pods run
   * in simulation.
   */
  readonly images?: Readonly<Record<string, FunctionImage>> | undefined;
  /** Options of the API server, such as where it listens. */
  readonly server?: Omit<LocalServerOptions, 'clock' | 'random'> | undefined;
  /** The clock of the server and all components. With a `FakeClock`, `pass` lets time pass. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's. */
  readonly random?: Random | undefined;
}

/** One node of a local cluster. */
export interface LocalNode {
  readonly name: string;
  /** Stops the node as if its machine had failed. The cluster notices when its Lease has run out. */
  stop(): Promise<void>;
  /** Starts the node again. */
  start(): Promise<void>;
}

/** The longest that a fake clock is moved on at once, in milliseconds. */
const stepMs = 1000;

/**
 * Starts a whole cluster in this process: API server, scheduler, controllers and nodes. Resolves when the nodes are registered.
 * Pods run in simulation: they become ready, and no program runs. With `images`, containers are functions.
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<LocalCluster> {
  const { clock, random, images } = options;
  const authority = images && new KubeletAuthority();
  const functions =
    authority &&
    new FunctionNodes({
      images,
      certificate: (hosts) => authority.certificate(hosts),
      onError: options.onError ?? (() => {}),
      clock,
      random,
    });
  const network = functions && {
    dial: functions.dial.bind(functions),
    kubelet: authority?.client(),
    certificateAuthority: authority?.root,
  };
  const server = await startServer({ ...network, ...options.server, clock, random });
  const transport = new QuietTransport(new HandlerTransport(server.faults));
  const cluster = new Cluster(transport, { clock, random });
  const components = new ClusterComponents(cluster, options.onError);
  const local = new LocalCluster(server, cluster, components, transport, clock);
  try {
    await components.start({ startNodes: functions?.start.bind(functions), ...options });
    return local;
  } catch (error) {
    await local.close();
    throw error;
  }
}

/** A cluster in this process. Close it when done: `await using local = await startCluster()`, or `close()`. */
export class LocalCluster implements AsyncDisposable {
  /** The API server. */
  readonly server: LocalServer;
  readonly #cluster: Cluster;
  readonly #components: ClusterComponents;
  readonly #transport: QuietTransport;
  readonly #clock: Clock | undefined;

  /** @internal Use `startCluster`. */
  constructor(
    server: LocalServer,
    cluster: Cluster,
    components: ClusterComponents,
    transport: QuietTransport,
    clock: Clock | undefined,
  ) {
    this.server = server;
    this.#cluster = cluster;
    this.#components = components;
    this.#transport = transport;
    this.#clock = clock;
  }

  /** The address of the API server, such as `http://127.0.0.1:34567`; undefined if it does not listen. */
  get url(): string | undefined {
    return this.server.url;
  }

  /** The names of the nodes. */
  get nodeNames(): readonly string[] {
    return this.#components.nodes?.names ?? [];
  }

  /** Makes a client, as `LocalServer.connect`. It is closed with the cluster. */
  connect(options: LocalConnectOptions = {}): Promise<Cluster> {
    return this.server.connect(options);
  }

  /** Writes a kubeconfig for kubectl and every other client, readable by this user alone. Returns its absolute path. */
  writeKubeconfig(path: string): Promise<string> {
    return this.server.writeKubeconfig(path);
  }

  /** Returns a node, to stop it or to start it again. Throws `InvalidRequestError` for a name that does not exist. */
  node(name: string): LocalNode {
    const { nodes } = this.#components;
    if (nodes === undefined || !nodes.names.includes(name)) {
      throw new InvalidRequestError(`cannot find the node ${name}: the nodes are ${this.nodeNames.join(', ')}`);
    }
    return {
      name,
      stop: () => nodes.stop(name),
      start: () => nodes.start(name),
    };
  }

  /**
   * Lets time pass on the fake clock that the cluster was started with: `ms` milliseconds, in which everything happens that would
   * happen in that time. Throws `InvalidRequestError` with any other clock.
   */
  async pass(ms: number): Promise<void> {
    const clock = this.#clock;
    if (!(clock instanceof FakeClock)) {
      throw new InvalidRequestError(
        'cannot let time pass: the cluster was not started with a FakeClock as its `clock`',
      );
    }
    const end = clock.now() + ms;
    await this.#transport.quiet();
    while (clock.now() < end) {
      await clock.advance(Math.min(stepMs, end - clock.now()));
      await this.#transport.quiet();
    }
  }

  /** Stops everything. What was stored is gone. */
  async close(): Promise<void> {
    await this.#components.close();
    await this.#cluster.close();
    await this.server.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
