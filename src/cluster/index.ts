export type { Amounts, QuantityList } from './resources/amounts.js';
export { type PodRequestsOptions, podRequests } from './resources/pod-requests.js';
export { Scheduler, type SchedulerOptions } from './scheduler/scheduler.js';
export {
  type RunningControllers,
  type StartControllersOptions,
  startControllers,
} from './workloads/index.js';
