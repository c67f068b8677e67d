import type { Cluster } from '../sdk/index.js';
import type { NodeGroup } from './node-group.js';
import type { NodeLifecycleOptions } from './node-lifecycle/node-lifecycle.js';
import { Scheduler, type SchedulerOptions } from './scheduler/scheduler.js';
import { type SimulatedNodesOptions, startSimulatedNodes } from './simulated/simulated-nodes.js';
import { type ClusterSigning, type RunningControllers, startControllers } from './workloads/index.js';

/** The components of a cluster apart from the API server. */
export interface ClusterComponentsOptions extends Omit<SimulatedNodesOptions, 'cluster' | 'nodes' | 'onError'> {
  /** The names of the nodes, or their number. Default 3. */
  readonly nodes?: number | readonly string[] | undefined;
  /** The scheduler's options; false: pods are not scheduled. */
  readonly scheduler?: SchedulerOptions | false | undefined;
  /** The node lifecycle controller's options; false: it does not run. */
  readonly nodeLifecycle?: NodeLifecycleOptions | false | undefined;
  /** Starts nodes of another sort on the cluster, in place of simulated ones. */
  readonly startNodes?: ((cluster: Cluster, names: readonly string[]) => Promise<NodeGroup>) | undefined;
  /** The workload controllers to run, as in `startControllers`; false: none. Default: all. */
  readonly workloads?: readonly string[] | false | undefined;
  /** The keys that sign certificates, as in `startControllers`. Default: certificates are not signed. */
  readonly signing?: ClusterSigning | undefined;
  /** Hears of errors of the components, which try again by themselves. Default: a process warning for each. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The running components of a cluster. */
export class ClusterComponents implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #onError: (error: unknown) => void;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>[] = [];
  #controllers: RunningControllers | undefined;
  #nodes: NodeGroup | undefined;

  /** `cluster` is the handle that all components share, so that they share one cache for each kind. */
  constructor(cluster: Cluster, onError: (error: unknown) => void = warn) {
    this.#cluster = cluster;
    this.#onError = (error) => {
      if (!this.#ending.signal.aborted) onError(error);
    };
  }

  /** The nodes, once they are registered. */
  get nodes(): NodeGroup | undefined {
    return this.#nodes;
  }

  /** Starts the components. Resolves when the nodes are registered. */
  async start(options: ClusterComponentsOptions): Promise<void> {
    const { nodes = 3, scheduler = {}, nodeLifecycle = {}, workloads, signing, clock, random } = options;
    const shared = { clock, random, onError: this.#onError };
    if (scheduler !== false) this.#run(new Scheduler({ ...shared, ...scheduler }));
    const health = `${nodeLifecycle === false ? '-' : ''}node-lifecycle-controller`;
    const controllers = [health, ...(workloads === false ? [] : (workloads ?? ['*']))];
    this.#controllers = startControllers({
      cluster: this.#cluster,
      controllers,
      nodeLifecycle: nodeLifecycle === false ? undefined : nodeLifecycle,
      signing,
      ...shared,
    });
    this.#controllers.stopped.catch(this.#onError);
    const names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `node-${index}`) : nodes;
    this.#nodes =
      options.startNodes === undefined
        ? await startSimulatedNodes({ ...options, ...shared, cluster: this.#cluster, nodes: names })
        : await options.startNodes(this.#cluster, names);
  }

  /** Stops the components. Resolves when the last request is over. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#nodes?.close(), this.#controllers?.close(), ...this.#running]);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(component: Scheduler): void {
    const running = component.run({ cluster: this.#cluster, signal: this.#ending.signal });
    this.#running.push(running.catch(this.#onError));
  }
}

function warn(error: unknown): void {
  process.emitWarning(
    `a component of the cluster had an error: ${error instanceof Error ? error.message : String(error)}`,
  );
}
