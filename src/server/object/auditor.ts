import type { Attributes } from './authorization.js';
import type { ServerRequest, ServerResponse } from './message.js';

/** A request as an audit policy sees it. */
export interface AuditedRequest {
  readonly request: ServerRequest;
  readonly attributes: Attributes;
  /** True for watches, and for connections to containers: they get an event when the response starts. */
  readonly isLongRunning: boolean;
}

/** Records requests in an audit log. */
export interface Auditor {
  /** Answers a request with `answer`, and records the request and the response at the level of the policy. */
  audit(audited: AuditedRequest, answer: (request: ServerRequest) => Promise<ServerResponse>): Promise<ServerResponse>;
  /** Records the response to a request that was not authenticated. */
  refuse(audited: AuditedRequest, response: ServerResponse): Promise<ServerResponse>;
}
