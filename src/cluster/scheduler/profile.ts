import type { Plugin } from './plugin.js';
import { balancedAllocation } from './plugins/balanced-allocation.js';
import { imageLocality } from './plugins/image-locality.js';
import { interPodAffinity } from './plugins/inter-pod-affinity.js';
import { nodeAffinity } from './plugins/node-affinity.js';
import { nodeName } from './plugins/node-name.js';
import { nodePorts } from './plugins/node-ports.js';
import { nodeResourcesFit } from './plugins/node-resources-fit.js';
import { nodeUnschedulable } from './plugins/node-unschedulable.js';
import { podTopologySpread, type WorkloadSelector } from './plugins/pod-topology-spread.js';
import { taintToleration } from './plugins/taint-toleration.js';
import { type StorageObjects, volumeBinding } from './plugins/volume-binding.js';

/** Returns kube-scheduler's plugins in its order, which decides which of several reasons a rejection names. */
export function defaultPlugins(
  workloadSelector: WorkloadSelector = () => undefined,
  storage?: StorageObjects,
): readonly Plugin[] {
  return [
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit,
    ...(storage === undefined ? [] : [volumeBinding(storage)]),
    podTopologySpread(workloadSelector),
    interPodAffinity,
    balancedAllocation,
    imageLocality,
  ];
}
