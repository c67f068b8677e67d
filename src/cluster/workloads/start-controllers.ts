import {
  type HealthServerOptions,
  type LeaderElectionOptions,
  type ManagedController,
  Manager,
  type ReconcileFailure,
  type Runnable,
} from '../../controller/index.js';
import { isApiError, isConflict, isNotFound } from '../../errors/index.js';
import { callerOf } from '../../sdk/cluster.js';
import type { Cluster } from '../../sdk/index.js';
import { onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import type { NodeLifecycleOptions } from '../node-lifecycle/node-lifecycle.js';
import type { ClusterSigning } from './base/cluster-signing.js';
import { EventLog } from './base/component-events.js';
import type { ControllerSetup } from './base/setup.js';
import { chosenControllers } from './catalogue.js';

/** The options of `startControllers`. */
export interface StartControllersOptions {
  /** The cluster whose objects the controllers reconcile. Its user needs the rights of kube-controller-manager. */
  readonly cluster: Cluster;
  /**
   * The controllers to run: names such as `deployment-controller`, `*` for all, and names with a minus for those not to run. Default
   * `['*']`.
   */
  readonly controllers?: readonly string[] | undefined;
  /** The number of objects that a controller reconciles at once, by its name. Default: as kube-controller-manager. */
  readonly concurrency?: { readonly [name: string]: number } | undefined;
  /** The keys with which `certificatesigningrequest-signing-controller` signs. Default: certificates are not signed. */
  readonly signing?: ClusterSigning | undefined;
  /** The periods and rates of `node-lifecycle-controller`. Default: as kube-controller-manager. */
  readonly nodeLifecycle?: NodeLifecycleOptions | undefined;
  /** Of all processes with this Lease, only the leader acts. Default: this process acts. */
  readonly leaderElection?: LeaderElectionOptions | undefined;
  /** The address of `/healthz`, `/readyz` and `/metrics`. Default: they are not served. */
  readonly server?: HealthServerOptions | undefined;
  /** Stops the controllers. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the cluster's clock. */
  readonly clock?: Clock | undefined;
  /** Default: the cluster's. */
  readonly random?: Random | undefined;
  /** The time that reconciles get to end when the controllers stop, in milliseconds. Default 25 000. */
  readonly shutdownTimeoutMs?: number | undefined;
  /** True: the first SIGTERM or SIGINT stops the controllers. Default false. */
  readonly handleSignals?: boolean | undefined;
  /** Called for errors, all of which are retried. Objects that changed or went meanwhile are not errors. Default: a process warning for each. */
  readonly onError?: ((error: unknown, failure: ReconcileFailure) => void) | undefined;
}

/** Controllers that run. */
export interface RunningControllers extends AsyncDisposable {
  /** The names of the controllers. */
  readonly names: readonly string[];
  /** The address of health and metrics, once they are served. */
  readonly url: string | undefined;
  /** Resolves when the controllers have stopped. Rejects when one fails by itself, or when the lease is lost. */
  readonly stopped: Promise<void>;
  /** Stops the controllers, and resolves when the last reconcile is over. */
  close(): Promise<void>;
}

/**
 * Starts workload controllers on a cluster that lacks them: Deployments, ReplicaSets and the others. They fill their caches first and
 * then bring every object to the state that its spec asks for. Throws an `InvalidRequestError` for a controller that does not exist.
 */
export function startControllers(options: StartControllersOptions): RunningControllers {
  const { cluster } = options;
  const shared = callerOf(cluster).shared;
  const { clock = shared.clock, random = shared.random } = options;
  const log = new EventLog({ cluster, clock });
  const entries = chosenControllers(options.controllers ?? ['*']);
  const setupOf = (concurrency: number): ControllerSetup => ({
    clock,
    random,
    signing: options.signing,
    nodeLifecycle: options.nodeLifecycle,
    events: (component) => log.component(component),
    run: {
      concurrency,
      onError(error, failure) {
        if (!isOvertaken(error)) (options.onError ?? warn)(error, failure);
      },
    },
  });
  const made = entries.flatMap(({ name, concurrency, make }) =>
    make(setupOf(options.concurrency?.[name] ?? concurrency)),
  );
  const manager = new Manager(cluster, {
    controllers: made.filter((one) => isController(one)),
    runnables: made.filter((one) => isRunnable(one)),
    leaderElection: options.leaderElection,
    server: options.server,
    shutdownTimeoutMs: options.shutdownTimeoutMs,
    handleSignals: options.handleSignals ?? false,
  });
  const stopping = new AbortController();
  const stopListening = onAbort(options.signal, (reason) => stopping.abort(reason));
  const stopped = manager.run({ signal: stopping.signal }).finally(async () => {
    stopListening();
    await log.close();
  });
  // The failure is in `stopped` for everyone who asks.
  stopped.catch(() => {});
  const close = async (): Promise<void> => {
    stopping.abort(new DOMException('the controllers were stopped', 'AbortError'));
    await stopped;
  };
  return {
    names: entries.map(({ name }) => name),
    get url() {
      return manager.url;
    },
    stopped,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isController(one: ManagedController | Runnable): one is ManagedController {
  return 'on' in one;
}

function isRunnable(one: ManagedController | Runnable): one is Runnable {
  return !isController(one);
}

/** Reports whether an object changed or went before a write reached it. The watch brings that, and a new reconcile with it. */
function isOvertaken(fault: unknown): boolean {
  const error = fault instanceof Error && isApiError(fault.cause) ? fault.cause : fault;
  return isConflict(error) || (isNotFound(error) && error.status.details?.name !== undefined);
}

function warn(error: unknown, { controller, key, failures }: ReconcileFailure): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(`${controller} failed on ${key}, ${failures} times in a row: ${text}. It is tried again.`);
}
