/** `keelson/server`: the reference API server for tests and tools. `startServer` starts one. */

export type { AggregationOptions } from './aggregation/remote-connections.js';
export { ApiServer, type ApiServerOptions } from './api-server.js';
export type { AuditEvent, AuditObjectReference, AuditSink, AuditStatus } from './audit/audit-event.js';
export type { AuditPolicy, AuditResources, AuditRule } from './audit/audit-policy.js';
export type { AuditOptions } from './audit/policy-auditor.js';
export type { Authenticator, ClientCertificate, VerifiedCertificate } from './authn/authenticator.js';
export type { RequestHeader } from './authn/request-header.js';
export type { AuthorizationMode } from './authz/authorizer.js';
export type { FaultRule } from './faults/fault-rules.js';
export type { Faults, FaultyServerParts } from './faults/faults.js';
export type { FaultFrequency, RequestFault } from './faults/request-fault.js';
export type { RequestMatch, RequestSummary, RequestVerb } from './faults/request-summary.js';
export type { WatchEventType } from './faults/watch-frames.js';
export { HandlerTransport } from './handler-transport.js';
export type { Listener, ListenOptions } from './listener.js';
export {
  type LocalConnectOptions,
  LocalServer,
  type LocalServerOptions,
  type Snapshot,
  startServer,
} from './local-server.js';
export type { AdmissionConfiguration, EventLimit, ImagePolicyConfiguration } from './object/admission-configuration.js';
export type { Dial, KubeletClient, Lookup } from './object/backends.js';
export type { ServerRequest, ServerResponse, TakenConnection } from './object/message.js';
export type { RequestAudit } from './object/request-audit.js';
export type { RequestHandler } from './object/request-handler.js';
export type { UserInfo } from './object/user.js';
export type { WebhookBackend } from './object/webhook-backend.js';
export type { ServicePort } from './outbound/service-address.js';
export * from './storage/storage.js';
export { StorageError, type StorageErrorCode } from './storage/storage-error.js';
