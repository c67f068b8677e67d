/**
 * `keelson/server`: the reference API server for tests and tools. The server itself lives in `src/server`, which knows nothing
 * of clients; here it gets one.
 */
export { ApiServer, type ApiServerOptions, type ServerRequest, type ServerResponse } from '../server/index.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
export { LocalServer, type LocalServerOptions, startServer } from './local-server.js';
