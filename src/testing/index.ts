/** `keelson/testing`: what a test of a program that talks to Kubernetes needs: a server, a way to it without a network, and time. */

export type { FaultRule } from '../server/faults/fault-rules.js';
export { Faults, type FaultyServerParts } from '../server/faults/faults.js';
export type { FaultFrequency, RequestFault } from '../server/faults/request-fault.js';
export type { RequestMatch, RequestSummary, RequestVerb } from '../server/faults/request-summary.js';
export type { WatchEventType } from '../server/faults/watch-frames.js';
export { HandlerTransport } from '../server/handler-transport.js';
export {
  type LocalConnectOptions,
  LocalServer,
  type LocalServerOptions,
  type Snapshot,
  startServer,
} from '../server/local-server.js';
export type { RequestHandler } from '../server/object/request-handler.js';
export type { Clock, SleepOptions, Timer } from '../util/clock.js';
export { FakeClock } from '../util/fake-clock.js';
export { type Random, seededRandom } from '../util/random.js';
export { type Fault, FaultProxy } from './fault-proxy.js';
export { type LocalCertificate, localCertificate } from './local-certificate.js';
