/** `keelson/testing`: what a test of a program that talks to Kubernetes needs: a server, a way to it without a network, and time. */

export type { Clock, SleepOptions, Timer } from '../util/clock.js';
export { FakeClock } from '../util/fake-clock.js';
export { type Random, seededRandom } from '../util/random.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
export { type LocalConnectOptions, LocalServer, type LocalServerOptions, startServer } from './local-server.js';
