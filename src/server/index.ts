export { ApiServer, type ApiServerOptions } from './api-server.js';
export { type Listener, type ListenOptions, listen } from './listener.js';
export type { ServerRequest, ServerResponse } from './object/message.js';
export type { UserInfo } from './object/user.js';
