export type { CertificatePair } from '../x509/certificate.js';
export { ClusterComponents, type ClusterComponentsOptions } from './components.js';
export type {
  ExecHandler,
  FunctionCommand,
  FunctionContext,
  FunctionImage,
} from './kubelet/function/function-container.js';
export { FunctionRuntime, type FunctionRuntimeOptions } from './kubelet/function/function-runtime.js';
export type { RequestHandler } from './kubelet/function/web-server.js';
export { Kubelet, type KubeletOptions } from './kubelet/kubelet.js';
export { ImageMap, type ImageProgram } from './kubelet/process/image-map.js';
export { ProcessRuntime, type ProcessRuntimeOptions } from './kubelet/process/process-runtime.js';
export { ContainerError, type ContainerErrorReason } from './kubelet/runtime/container-error.js';
export type * from './kubelet/runtime/container-runtime.js';
export type { ContainerSecurity, SecurityFeature } from './kubelet/runtime/container-security.js';
export { PodAddresses } from './network/pod-addresses.js';
export { ServiceDirectory } from './network/service-directory.js';
export {
  type ConnectionHandler,
  type NetworkDirectory,
  type NetworkPlace,
  VirtualNetwork,
} from './network/virtual-network.js';
export type { NodeGroup } from './node-group.js';
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
  type ClusterSigning,
  type RunningControllers,
  type SignerName,
  type StartControllersOptions,
  startControllers,
} from './workloads/index.js';
