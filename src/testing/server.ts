/**
 * `keelson/server`: the reference API server for tests and tools. The server itself lives in `src/server`, which knows nothing
 * of clients; here it gets one.
 */

export type { Authenticator, VerifiedCertificate } from '../server/authn/authenticator.js';
export {
  ApiServer,
  type ApiServerOptions,
  type Listener,
  type ListenOptions,
  type ServerRequest,
  type ServerResponse,
  type UserInfo,
} from '../server/index.js';
export * from '../server/storage/storage.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
export { type LocalConnectOptions, LocalServer, type LocalServerOptions, startServer } from './local-server.js';
