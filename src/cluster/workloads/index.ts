export type { ClusterSigning, SignerName } from './base/cluster-signing.js';
export {
  type RunningControllers,
  type StartControllersOptions,
  startControllers,
} from './start-controllers.js';
