/** `keelson/testing`: what a test of a program that talks to Kubernetes needs: a server, a way to it without a network, and time. */

export type { Clock, SleepOptions, Timer } from '../util/clock.js';
export { FakeClock } from '../util/fake-clock.js';
export { type Random, seededRandom } from '../util/random.js';
export { type Fault, FaultProxy } from './fault-proxy.js';
export type { FaultRule } from './fault-rules.js';
export { Faults, type FaultyServerParts } from './faults.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
export { type LocalCertificate, localCertificate } from './local-certificate.js';
export {
  type LocalConnectOptions,
  LocalServer,
  type LocalServerOptions,
  type Snapshot,
  startServer,
} from './local-server.js';
export type { FaultFrequency, RequestFault } from './request-fault.js';
export type { RequestMatch, RequestSummary, RequestVerb } from './request-summary.js';
export type { WatchEventType } from './watch-frames.js';
