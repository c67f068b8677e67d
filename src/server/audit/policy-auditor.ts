import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../../util/clock.js';
import { fieldsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { AuditedRequest, Auditor } from '../object/auditor.js';
import type { Attributes } from '../object/authorization.js';
import { header, type ServerRequest, type ServerResponse } from '../object/message.js';
import type { RequestAudit } from '../object/request-audit.js';
import type { UserInfo } from '../object/user.js';
import { auditedObject, auditedPatch, isSensitive, maxAuditedBytes, withoutManagedFields } from './audit-bodies.js';
import type { AuditEvent, AuditObjectReference, AuditSink, AuditStatus } from './audit-event.js';
import {
  type AuditDecision,
  type AuditLevel,
  type AuditPolicy,
  type AuditStage,
  auditDecision,
  includesLevel,
} from './audit-policy.js';

/** An audit policy, and the sink of its events. */
export interface AuditOptions {
  /** The requests to record, and how much of each. */
  readonly policy: AuditPolicy;
  /** Where the events go. */
  readonly sink: AuditSink;
  /** Called when the sink fails. The request is answered all the same. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Audits requests by a policy. */
export class PolicyAuditor implements Auditor {
  readonly #options: AuditOptions;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(options: AuditOptions, clock: Pick<Clock, 'now'>) {
    this.#options = options;
    this.#clock = clock;
  }

  async audit(
    audited: AuditedRequest,
    answer: (request: ServerRequest) => Promise<ServerResponse>,
  ): Promise<ServerResponse> {
    const id = header(audited.request, 'audit-id') || randomUUID();
    const decision = auditDecision(this.#options.policy, audited.attributes);
    const response =
      decision.level === 'None'
        ? await answer(audited.request)
        : await new RequestRecord(this.#options, this.#clock, audited, decision, id).answered(answer);
    return { ...response, headers: { 'audit-id': id, ...response.headers } };
  }

  async refuse(audited: AuditedRequest, response: ServerResponse): Promise<ServerResponse> {
    const id = header(audited.request, 'audit-id') || randomUUID();
    const decision = auditDecision(this.#options.policy, audited.attributes);
    if (decision.level !== 'None')
      await new RequestRecord(this.#options, this.#clock, audited, decision, id).refused(response);
    return { ...response, headers: { 'audit-id': id, ...response.headers } };
  }
}

const longestUserAgent = 1024;

/** The codes of responses to bodies that the server could not decode. */
const undecoded: ReadonlySet<number> = new Set([400, 415]);

/** The response has no Status then. */
const notAcceptable = 406;

/** The record of one request, from its first event to its last. */
class RequestRecord implements RequestAudit {
  readonly #options: AuditOptions;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #audited: AuditedRequest;
  readonly #decision: AuditDecision;
  readonly #id: string;
  readonly #received: string;
  readonly #annotations = new Map<string, string>();
  readonly #isSensitive: boolean;
  #impersonated: UserInfo | undefined;
  #constraint: string | undefined;
  /** The object of a create or an update as it was sent. It counts when the server could decode it. */
  #sent: JsonObject | undefined;
  #reference: AuditObjectReference | undefined;
  #status: AuditStatus | undefined;
  #requestObject: JsonObject | undefined;
  #responseObject: JsonObject | undefined;

  constructor(
    options: AuditOptions,
    clock: Pick<Clock, 'now'>,
    audited: AuditedRequest,
    decision: AuditDecision,
    id: string,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#audited = audited;
    this.#decision = decision;
    this.#id = id;
    this.#received = microTime(clock.now());
    this.#reference = referenceOf(audited.attributes);
    this.#isSensitive = isSensitive(audited.attributes);
  }

  impersonated(user: UserInfo, constraint: string | undefined): void {
    this.#impersonated = user;
    this.#constraint = constraint;
  }

  annotate(key: string, value: string, quotes = false): void {
    if (quotes && (this.#isSensitive || !this.#records('Request'))) return;
    if (!this.#annotations.has(key)) this.#annotations.set(key, value);
  }

  async answered(answer: (request: ServerRequest) => Promise<ServerResponse>): Promise<ServerResponse> {
    await this.#write('RequestReceived');
    let response: ServerResponse;
    try {
      response = await answer(await this.#watched(this.#audited.request));
    } catch (error) {
      const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
      this.#status = { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
      await this.#write('Panic');
      throw error;
    }
    this.#status = { metadata: {}, code: response.status };
    this.#settleSent(response);
    if (response.body instanceof Uint8Array) {
      await this.#respond(response, response.body);
      if (this.#audited.isLongRunning) await this.#write('ResponseStarted');
      await this.#write('ResponseComplete');
      return response;
    }
    if (this.#audited.isLongRunning) await this.#write('ResponseStarted');
    return { ...response, body: this.#chunks(response, response.body) };
  }

  async refused(response: ServerResponse): Promise<void> {
    this.#status = { metadata: {}, code: response.status };
    if (response.body instanceof Uint8Array) await this.#respond(response, response.body);
    await this.#write('ResponseStarted');
  }

  /** Returns the request with a body that this record sees when it is read. */
  async #watched(request: ServerRequest): Promise<ServerRequest> {
    const { readBody, body } = request;
    if (body !== undefined) await this.#request(body);
    if (readBody === undefined) return { ...request, audit: this };
    const read = async (): Promise<Uint8Array | undefined> => {
      const bytes = await readBody();
      if (bytes !== undefined) await this.#request(bytes);
      return bytes;
    };
    return { ...request, readBody: read, audit: this };
  }

  async #request(body: Uint8Array): Promise<void> {
    const { request, attributes } = this.#audited;
    if (body.length > maxAuditedBytes || (this.#isSensitive && attributes.verb !== 'create')) return;
    const isPatch = attributes.verb === 'patch';
    const isWrite = isPatch || ['create', 'update', 'delete', 'deletecollection'].includes(attributes.verb);
    if (!isWrite || attributes.resource === undefined) return;
    const mediaType = header(request, 'content-type');
    const object = isPatch ? await auditedPatch(body, mediaType) : await auditedObject(body, mediaType);
    if (object === undefined) return;
    if (isPatch) this.#requestObject = object;
    else if (attributes.verb.startsWith('delete')) {
      this.#requestObject = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal', ...object };
    } else {
      this.#sent = object;
    }
  }

  requested(object: JsonObject): void {
    const sent = fieldsOf(this.#sent?.metadata);
    const metadata = { ...fieldsOf(object.metadata) };
    // An update fills in the namespace before the object has its defaults.
    if (this.#sent !== undefined && sent.namespace === undefined) delete metadata.namespace;
    this.#reference = completed(this.#reference, metadata);
    if (this.#isSensitive) return;
    const whole = { ...object, metadata };
    this.#requestObject = this.#decision.omitManagedFields ? withoutManagedFields(whole) : whole;
  }

  /** Counts the object that was sent to a subresource or for review, which no step decodes for the record. */
  #settleSent({ status }: ServerResponse): void {
    if (this.#sent === undefined || this.#requestObject !== undefined || undecoded.has(status)) return;
    this.requested(this.#sent);
  }

  async #respond(response: ServerResponse, body: Uint8Array): Promise<void> {
    const wantsObject = this.#records('RequestResponse') && !this.#isSensitive;
    const isStatus = response.status >= 400 || this.#audited.attributes.verb === 'delete';
    if ((!wantsObject && !isStatus) || response.status === notAcceptable) return;
    if (body.length > maxAuditedBytes) {
      this.annotate('audit.k8s.io/truncated', 'true');
      return;
    }
    const type = response.headers['content-type'];
    const object = await auditedObject(body, typeof type === 'string' ? type : '');
    if (object === undefined || typeof object.kind !== 'string') return;
    if (object.kind === 'Status') this.#status = this.#statusOf(object, response.status);
    if (wantsObject) this.#responseObject = this.#decision.omitManagedFields ? withoutManagedFields(object) : object;
  }

  #statusOf(object: JsonObject, code: number): AuditStatus {
    const { status, message, reason, details } = object;
    // Messages about a malformed or invalid object quote it.
    const quotes = this.#isSensitive && ![401, 403, 404, 409].includes(code) && code >= 400;
    return {
      metadata: {},
      status: textOf(status) || undefined,
      message: quotes ? undefined : textOf(message) || undefined,
      reason: textOf(reason) || undefined,
      details: details === undefined || quotes ? undefined : fieldsOf(details),
      code,
    };
  }

  /** Passes the chunks of a streamed response on, and records its end. */
  #chunks(response: ServerResponse, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const keeps = this.#records('RequestResponse') && !this.#isSensitive && !this.#audited.isLongRunning;
    const kept: Uint8Array[] = [];
    let size = 0;
    let isRecorded = false;
    const record = async (): Promise<void> => {
      if (isRecorded) return;
      isRecorded = true;
      if (keeps && size > maxAuditedBytes) this.annotate('audit.k8s.io/truncated', 'true');
      else if (keeps) await this.#respond(response, Buffer.concat(kept));
      await this.#write('ResponseComplete');
    };
    // Not a generator: that would make `return` wait for the next event of a watch.
    const iterate = (chunks: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> => ({
      next: async () => {
        try {
          const next = await chunks.next();
          if (next.done === true) await record();
          else if (keeps) {
            size += next.value.length;
            if (size <= maxAuditedBytes) kept.push(next.value);
          }
          return next;
        } catch (error) {
          await record();
          throw error;
        }
      },
      return: async () => {
        await record();
        await chunks.return?.();
        return { done: true, value: undefined };
      },
    });
    return { [Symbol.asyncIterator]: () => iterate(body[Symbol.asyncIterator]()) };
  }

  #records(level: AuditLevel): boolean {
    return includesLevel(this.#decision.level, level);
  }

  async #write(stage: AuditStage): Promise<void> {
    if (this.#decision.omitStages.includes(stage)) return;
    try {
      await this.#options.sink.write(this.#event(stage));
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  #event(stage: AuditStage): AuditEvent {
    const { request, attributes } = this.#audited;
    const annotations = [...this.#annotations].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#decision.level,
      auditID: this.#id,
      stage,
      requestURI: request.path,
      verb: attributes.verb,
      user: recordedUser(attributes.user),
      impersonatedUser: this.#impersonated === undefined ? undefined : recordedUser(this.#impersonated),
      authenticationMetadata:
        this.#constraint === undefined ? undefined : { impersonationConstraint: this.#constraint },
      sourceIPs: sourceAddresses(request),
      userAgent: userAgentOf(request),
      objectRef: this.#reference,
      responseStatus: this.#status,
      requestObject: this.#records('Request') ? this.#requestObject : undefined,
      responseObject: this.#responseObject,
      requestReceivedTimestamp: this.#received,
      stageTimestamp: stage === 'RequestReceived' ? this.#received : microTime(this.#clock.now()),
      annotations: annotations.length === 0 ? undefined : Object.fromEntries(annotations),
    };
  }
}

/** Returns a user with its fields in the order of events. The user of a request that is not authenticated has none. */
function recordedUser({ username, uid, groups, extra }: UserInfo): UserInfo {
  return {
    ...(username === '' ? {} : { username }),
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  } as UserInfo;
}

function referenceOf({ resource: asked }: Attributes): AuditObjectReference | undefined {
  if (asked === undefined) return undefined;
  const { resource, namespace, name, group, version, subresource } = asked;
  return {
    resource,
    namespace: namespace || undefined,
    name: name || undefined,
    uid: undefined,
    apiGroup: group || undefined,
    apiVersion: version,
    resourceVersion: undefined,
    subresource: subresource || undefined,
  };
}

/** Fills the fields that the path leaves open from the metadata of the object that was sent. */
function completed(reference: AuditObjectReference | undefined, metadata: JsonObject): AuditObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    ...reference,
    namespace: reference?.namespace ?? (textOf(namespace) || undefined),
    name: reference?.name ?? (textOf(name) || undefined),
    uid: textOf(uid) || undefined,
    resourceVersion: textOf(resourceVersion) || undefined,
  };
}

/** Returns the addresses that a request came through: those that proxies name, then that of the connection. */
function sourceAddresses(request: ServerRequest): string[] | undefined {
  const named = [...header(request, 'x-forwarded-for').split(','), header(request, 'x-real-ip')];
  const addresses = [...new Set(named.map((one) => one.trim()).filter((one) => isIP(one) !== 0))];
  const { remoteAddress } = request;
  const remote = remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '');
  if (remote !== undefined && addresses.at(-1) !== remote) addresses.push(remote);
  return addresses.length === 0 ? undefined : addresses;
}

function userAgentOf(request: ServerRequest): string | undefined {
  const agent = header(request, 'user-agent');
  if (agent === '') return undefined;
  return agent.length > longestUserAgent ? `${agent.slice(0, longestUserAgent)}...TRUNCATED` : agent;
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
