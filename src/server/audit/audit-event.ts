import type { JsonObject } from '../../util/json-value.js';
import type { UserInfo } from '../object/user.js';
import type { AuditLevel, AuditStage } from './audit-policy.js';

/** An Event of `audit.k8s.io/v1`. Its fields are in the order in which kube-apiserver writes them. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: Partial<UserInfo>;
  readonly impersonatedUser?: UserInfo | undefined;
  /** The verb that allowed to act for another user, if constrained impersonation did. */
  readonly authenticationMetadata?: { readonly impersonationConstraint: string } | undefined;
  readonly sourceIPs?: readonly string[] | undefined;
  readonly userAgent?: string | undefined;
  readonly objectRef?: AuditObjectReference | undefined;
  readonly responseStatus?: AuditStatus | undefined;
  readonly requestObject?: JsonObject | undefined;
  readonly responseObject?: JsonObject | undefined;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: { readonly [key: string]: string } | undefined;
}

/** The object that a request is about. Empty fields are left out. */
export interface AuditObjectReference {
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
  readonly apiGroup?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The Status of a response. For successful requests, usually its code only. */
export interface AuditStatus {
  readonly metadata: Readonly<Record<string, never>>;
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details?: JsonObject | undefined;
  readonly code: number;
}

/** Takes the events of an auditor. The response waits for it. */
export interface AuditSink {
  /** Writes an event. Events of one request come in order. */
  write(event: AuditEvent): void | Promise<void>;
}

/** Writes an event on a line, as kube-apiserver's log backend does with `--audit-log-format=json`. */
export function jsonLine(event: AuditEvent): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(event).replace(/[<>&\u2028\u2029]/g, escaped)}\n`;
}

/** Writes the parts of an event that fit on a short line, as kube-apiserver does with `--audit-log-format=legacy`. */
export function legacyLine(event: AuditEvent): string {
  const { user, impersonatedUser, objectRef, responseStatus, sourceIPs = [] } = event;
  const quote = (text: string): string => JSON.stringify(text);
  const list = (texts: readonly string[]): string => texts.map(quote).join(',');
  const { username = '', groups = [] } = user;
  const fields: [name: string, value: string][] = [
    ['id', event.auditID],
    ['stage', event.stage],
    ['ip', sourceIPs[0] ?? '<unknown>'],
    ['method', event.verb],
    ['user', username === '' ? '<none>' : username],
    ['groups', username === '' || groups.length === 0 ? '<none>' : list(groups)],
    ['as', impersonatedUser?.username ?? '<self>'],
    ['asgroups', impersonatedUser === undefined ? '<lookup>' : list(impersonatedUser.groups)],
    ['user-agent', event.userAgent ?? ''],
    ['namespace', objectRef?.namespace ?? '<none>'],
    ['uri', event.requestURI],
    ['response', responseStatus === undefined ? '<deferred>' : String(responseStatus.code)],
  ];
  const time = event.requestReceivedTimestamp.replace(/\.?0+Z$/, 'Z');
  return `${time} AUDIT: ${fields.map(([name, value]) => `${name}=${quote(value)}`).join(' ')}\n`;
}
