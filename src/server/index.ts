export { ApiServer, type ApiServerOptions } from './api-server.js';
export type { AuditEvent, AuditSink } from './audit/audit-event.js';
export type { AuditPolicy } from './audit/audit-policy.js';
export type { AuditOptions } from './audit/policy-auditor.js';
export { type Listener, type ListenOptions, listen } from './listener.js';
export type { ServerRequest, ServerResponse } from './object/message.js';
export type { UserInfo } from './object/user.js';
