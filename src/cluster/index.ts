export type { Amounts, QuantityList } from './resources/amounts.js';
export { type PodRequestsOptions, podRequests } from './resources/pod-requests.js';
