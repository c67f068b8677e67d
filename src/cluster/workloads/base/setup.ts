import type { ReconcileFailure } from '../../../controller/index.js';
import type { Clock } from '../../../util/clock.js';
import type { Random } from '../../../util/random.js';
import type { NodeLifecycleOptions } from '../../node-lifecycle/node-lifecycle.js';
import type { ClusterSigning } from './cluster-signing.js';
import type { ComponentEvents } from './component-events.js';

/** The surroundings of one workload controller. */
export interface ControllerSetup {
  /** The clock that decides when a deadline has passed, and that stamps conditions. */
  readonly clock: Clock;
  readonly random: Random;
  /** The keys that sign certificates. Undefined: none are signed. */
  readonly signing?: ClusterSigning | undefined;
  /** The periods and rates of `node-lifecycle-controller`. */
  readonly nodeLifecycle?: NodeLifecycleOptions | undefined;
  /** Returns the recorder that signs with the name of a component, such as `replicaset-controller`. */
  readonly events: (component: string) => ComponentEvents;
  /** The options that go into every `Controller`. */
  readonly run: {
    /** The number of objects that the controller may reconcile at once. */
    readonly concurrency: number;
    readonly onError: (error: unknown, failure: ReconcileFailure) => void;
  };
}
