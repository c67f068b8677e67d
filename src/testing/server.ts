/**
 * `keelson/server`: the reference API server for tests and tools. The server itself lives in `src/server`, which knows nothing
 * of clients; here it gets one.
 */

export type { Authenticator, ClientCertificate, VerifiedCertificate } from '../server/authn/authenticator.js';
export type { AuthorizationMode } from '../server/authz/authorizer.js';
export {
  type AdmissionConfiguration,
  type AggregationOptions,
  ApiServer,
  type ApiServerOptions,
  type AuditEvent,
  type AuditObjectReference,
  type AuditOptions,
  type AuditPolicy,
  type AuditResources,
  type AuditRule,
  type AuditSink,
  type AuditStatus,
  type Dial,
  type EventLimit,
  type ImagePolicyConfiguration,
  type KubeletClient,
  type Listener,
  type ListenOptions,
  type Lookup,
  type RequestAudit,
  type RequestHeader,
  type ServerRequest,
  type ServerResponse,
  type ServicePort,
  type TakenConnection,
  type UserInfo,
  type WebhookBackend,
} from '../server/index.js';
export * from '../server/storage/storage.js';
export { StorageError, type StorageErrorCode } from '../server/storage/storage-error.js';
export type { FaultRule } from './fault-rules.js';
export type { Faults, FaultyServerParts } from './faults.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
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
