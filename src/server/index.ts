export { ApiServer, type ApiServerOptions } from './api-server.js';
export type { ServerRequest, ServerResponse } from './http/message.js';
export { type Listener, type ListenOptions, listen } from './listener.js';
export type { UserInfo } from './user.js';
