import type { ManagedController, Runnable } from '../../controller/index.js';
import { InvalidRequestError } from '../../errors/index.js';
import { NodeLifecycle } from '../node-lifecycle/node-lifecycle.js';
import { autoscalerController } from './autoscaling/autoscaler-controller.js';
import type { ControllerSetup } from './base/setup.js';
import { approvingController } from './certificates/approving-controller.js';
import { cleanerController } from './certificates/cleaner-controller.js';
import { signingController } from './certificates/signing-controller.js';
import { nodeTtlController } from './cleanup/node-ttl-controller.js';
import { podCollector } from './cleanup/pod-collector.js';
import { ttlController } from './cleanup/ttl-controller.js';
import { cronJobController } from './cronjob/cronjob-controller.js';
import { daemonSetController } from './daemonset/daemonset-controller.js';
import { deploymentController } from './deployment/deployment-controller.js';
import { disruptionController } from './disruption/disruption-controller.js';
import { endpointsController } from './endpoints/endpoints-controller.js';
import { endpointSliceController } from './endpoints/endpointslice-controller.js';
import { mirroringController } from './endpoints/mirroring-controller.js';
import { jobController, orphanedPodController } from './job/job-controller.js';
import { replicaSetController } from './replicas/replicaset-controller.js';
import { replicationController } from './replicas/replication-controller.js';
import { statefulSetController } from './statefulset/statefulset-controller.js';
import { claimBinder, volumeBinder } from './volumes/binder-controllers.js';
import { ephemeralController } from './volumes/ephemeral-controller.js';

/** One controller that a controller manager can run. */
export interface ControllerEntry {
  /** Its name in `--controllers`, as kube-controller-manager calls it. */
  readonly name: string;
  /** The older name that kube-controller-manager still accepts. */
  readonly alias: string;
  /** The number of objects that it reconciles at once by default. */
  readonly concurrency: number;
  readonly make: (setup: ControllerSetup) => ManagedController | Runnable | readonly ManagedController[];
}

/** Every controller, in the order in which they are started. */
const catalogue: readonly ControllerEntry[] = [
  { name: 'endpoints-controller', alias: 'endpoint', concurrency: 5, make: endpointsController },
  { name: 'endpointslice-controller', alias: 'endpointslice', concurrency: 5, make: endpointSliceController },
  {
    name: 'endpointslice-mirroring-controller',
    alias: 'endpointslicemirroring',
    concurrency: 5,
    make: mirroringController,
  },
  {
    name: 'replicationcontroller-controller',
    alias: 'replicationcontroller',
    concurrency: 5,
    make: replicationController,
  },
  {
    name: 'job-controller',
    alias: 'job',
    concurrency: 5,
    make: (setup) => [jobController(setup), orphanedPodController(setup)],
  },
  { name: 'deployment-controller', alias: 'deployment', concurrency: 5, make: deploymentController },
  { name: 'disruption-controller', alias: 'disruption', concurrency: 1, make: disruptionController },
  {
    name: 'horizontal-pod-autoscaler-controller',
    alias: 'horizontalpodautoscaling',
    concurrency: 5,
    make: autoscalerController,
  },
  { name: 'pod-garbage-collector-controller', alias: 'podgc', concurrency: 1, make: podCollector },
  { name: 'daemonset-controller', alias: 'daemonset', concurrency: 2, make: daemonSetController },
  { name: 'cronjob-controller', alias: 'cronjob', concurrency: 5, make: cronJobController },
  {
    name: 'certificatesigningrequest-signing-controller',
    alias: 'csrsigning',
    concurrency: 5,
    make: signingController,
  },
  {
    name: 'certificatesigningrequest-approving-controller',
    alias: 'csrapproving',
    concurrency: 5,
    make: approvingController,
  },
  {
    name: 'certificatesigningrequest-cleaner-controller',
    alias: 'csrcleaner',
    concurrency: 1,
    make: cleanerController,
  },
  { name: 'ttl-after-finished-controller', alias: 'ttl-after-finished', concurrency: 5, make: ttlController },
  { name: 'statefulset-controller', alias: 'statefulset', concurrency: 5, make: statefulSetController },
  { name: 'replicaset-controller', alias: 'replicaset', concurrency: 5, make: replicaSetController },
  { name: 'ttl-controller', alias: 'ttl', concurrency: 5, make: nodeTtlController },
  {
    name: 'node-lifecycle-controller',
    alias: 'nodelifecycle',
    concurrency: 1,
    make: ({ nodeLifecycle, clock, random, run }) =>
      new NodeLifecycle({
        onError: (error) => run.onError(error, { controller: 'node_lifecycle', key: '', failures: 1, retried: true }),
        clock,
        random,
        ...nodeLifecycle,
      }),
  },
  {
    name: 'persistentvolume-binder-controller',
    alias: 'persistentvolume-binder',
    concurrency: 1,
    make: (setup) => [claimBinder(setup), volumeBinder(setup)],
  },
  { name: 'ephemeral-volume-controller', alias: 'ephemeral-volume', concurrency: 5, make: ephemeralController },
];

/**
 * Returns the controllers that a list such as `['*', '-job-controller']` asks for. Names and aliases count; `*` stands for all that are
 * not named with a minus. Throws an `InvalidRequestError` for a name that does not exist.
 */
export function chosenControllers(list: readonly string[]): readonly ControllerEntry[] {
  const words = list.map((word) => ({ off: word.startsWith('-'), name: word.replace(/^-/, '') }));
  for (const { name } of words) {
    if (name === '*' || catalogue.some((entry) => isCalled(entry, name))) continue;
    const known = catalogue.map((entry) => entry.name).join(', ');
    throw new InvalidRequestError(`cannot run the controller ${JSON.stringify(name)}: it is not one of ${known}`);
  }
  return catalogue.filter((entry) => {
    const named = words.find(({ name }) => isCalled(entry, name));
    return named === undefined ? words.some(({ name, off }) => name === '*' && !off) : !named.off;
  });
}

function isCalled(entry: ControllerEntry, name: string): boolean {
  return entry.name === name || entry.alias === name;
}
