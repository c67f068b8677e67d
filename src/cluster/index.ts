export { Kubelet, type KubeletOptions } from './kubelet/kubelet.js';
export { ImageMap, type ImageProgram } from './kubelet/process/image-map.js';
export { PodAddresses } from './kubelet/process/pod-addresses.js';
export { ProcessRuntime, type ProcessRuntimeOptions } from './kubelet/process/process-runtime.js';
export { ContainerError, type ContainerErrorReason } from './kubelet/runtime/container-error.js';
export type * from './kubelet/runtime/container-runtime.js';
export type { Amounts, QuantityList } from './resources/amounts.js';
export { type PodRequestsOptions, podRequests } from './resources/pod-requests.js';
export { Scheduler, type SchedulerOptions } from './scheduler/scheduler.js';
export {
  type RunningControllers,
  type StartControllersOptions,
  startControllers,
} from './workloads/index.js';
