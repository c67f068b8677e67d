import { callerOf } from '../../sdk/cluster.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import { NodeLifecycleRun } from './node-lifecycle-run.js';

/** When nodes count as silent, and how fast they lose their pods. Names and defaults are those of kube-controller-manager's flags. */
export interface NodeLifecycleOptions {
  /** The time between two looks at all nodes, in milliseconds. Default 5000. */
  readonly nodeMonitorPeriodMs?: number | undefined;
  /** A node counts as silent so long after its last sign of life, in milliseconds. Default 50 000. */
  readonly nodeMonitorGracePeriodMs?: number | undefined;
  /** A node that never gave a sign of life counts as silent so long after its creation, in milliseconds. Default 60 000. */
  readonly nodeStartupGracePeriodMs?: number | undefined;
  /** Nodes a second that lose their pods in a healthy zone. Default 0.1. */
  readonly nodeEvictionRate?: number | undefined;
  /** Nodes a second that lose their pods in a large unhealthy zone. Default 0.01. */
  readonly secondaryNodeEvictionRate?: number | undefined;
  /** Zones with at most so many nodes are small. Default 50. */
  readonly largeClusterSizeThreshold?: number | undefined;
  /** The share of nodes that are not ready from which on a zone is unhealthy. Default 0.55. */
  readonly unhealthyZoneThreshold?: number | undefined;
  /** Hears of requests that failed. They are tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Default: the cluster's clock. */
  readonly clock?: Clock | undefined;
  /** Default: the cluster's. */
  readonly random?: Random | undefined;
}

/**
 * Looks after nodes as the node lifecycle and taint eviction controllers of kube-controller-manager do: nodes that fall silent become
 * unknown, nodes with bad conditions get taints, and pods that do not tolerate those are evicted. Give it to a `Manager` as a runnable.
 */
export class NodeLifecycle {
  /** The name in errors. */
  readonly name = 'node-lifecycle-controller';
  /** Only one of these controllers at a time may act. */
  readonly needsLeader = true;
  readonly #options: NodeLifecycleOptions;

  constructor(options: NodeLifecycleOptions = {}) {
    this.#options = options;
  }

  /** Looks after nodes until `signal` aborts. */
  async run({ cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal }): Promise<void> {
    const { shared } = callerOf(cluster);
    const options = this.#options;
    const run = new NodeLifecycleRun({
      cluster,
      signal,
      periodMs: options.nodeMonitorPeriodMs ?? 5000,
      grace: {
        graceMs: options.nodeMonitorGracePeriodMs ?? 50_000,
        startupMs: options.nodeStartupGracePeriodMs ?? 60_000,
      },
      rates: {
        primary: options.nodeEvictionRate ?? 0.1,
        secondary: options.secondaryNodeEvictionRate ?? 0.01,
        largeCluster: options.largeClusterSizeThreshold ?? 50,
        unhealthyShare: options.unhealthyZoneThreshold ?? 0.55,
      },
      onError: options.onError ?? (() => {}),
      clock: options.clock ?? shared.clock,
      random: options.random ?? shared.random,
    });
    await run.run();
  }
}
