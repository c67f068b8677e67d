export type { ClusterComponentsOptions } from './components.js';
export { Kubelet, type KubeletOptions } from './kubelet/kubelet.js';
export { ImageMap, type ImageProgram } from './kubelet/process/image-map.js';
export { PodAddresses } from './kubelet/process/pod-addresses.js';
export { ProcessRuntime, type ProcessRuntimeOptions } from './kubelet/process/process-runtime.js';
export { ContainerError, type ContainerErrorReason } from './kubelet/runtime/container-error.js';
export type * from './kubelet/runtime/container-runtime.js';
export { NodeLifecycle, type NodeLifecycleOptions } from './node-lifecycle/node-lifecycle.js';
export type { Amounts, QuantityList } from './resources/amounts.js';
export { type PodRequestsOptions, podRequests } from './resources/pod-requests.js';
export { Scheduler, type SchedulerOptions } from './scheduler/scheduler.js';
export { defaultStages } from './simulated/default-stages.js';
export { parseStages } from './simulated/parse-stages.js';
export { SimulatedNodes, type SimulatedNodesOptions, startSimulatedNodes } from './simulated/simulated-nodes.js';
export type {
  Stage,
  StageEvent,
  StageExpression,
  StageFinalizers,
  StageNext,
  StagePatch,
  StageStep,
  StageValueFrom,
} from './simulated/stage.js';
export { LocalCluster, type LocalNode, type StartClusterOptions, startCluster } from './start-cluster.js';
export {
  type RunningControllers,
  type StartControllersOptions,
  startControllers,
} from './workloads/index.js';
