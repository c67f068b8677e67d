import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { timestamp } from '../../../object/system-fields.js';
import { pathSegmentName } from '../../../validation/meta-problems.js';

/** CertificateSigningRequests: the server says who asks, and what is asked never changes. */
export const certificateSigningRequests: Strategy = {
  name: pathSegmentName,
  generation: false,
  fields: { 'spec.signerName': ({ spec }) => textOf(fieldsOf(spec).signerName) },
  prepareForCreate: (object, { user }) => {
    const { username, groups, uid, extra } = user;
    object.spec = {
      ...fieldsOf(object.spec),
      username,
      groups,
      uid,
      ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
    };
    object.status = {};
  },
  prepareForUpdate: (object, old) => {
    object.spec = old.spec;
    object.status = old.status;
  },
  prepareForStatusUpdate: (object, old, { server }) => {
    // Whether a request is approved is settled at another door.
    const status = fieldsOf(object.status);
    const conditions = objectsOf(status.conditions);
    for (const [index, condition] of conditions.entries()) {
      const kept = conditionsOf(old).find(({ type }) => type === condition.type);
      if (decisions.includes(textOf(condition.type)) && kept !== undefined) conditions[index] = kept;
    }
    if (conditions.length > 0) object.status = { ...status, conditions };
    stamp(object, old, timestamp(server.clock));
  },
  prepareForSubresource: (_subresource, object, old, { server }) => stamp(object, old, timestamp(server.clock)),
  validate: ({ spec }) => requestProblems(fieldsOf(spec)),
  schemaChecked: false,
  validateSubresource: (subresource, object, old) => [
    ...requestProblems(fieldsOf(object.spec)),
    ...conditionProblems(conditionsOf(object)),
    ...certificateProblems(fieldsOf(object.status).certificate, fieldsOf(old.status).certificate),
    ...changeProblems(object, old, subresource === 'approval'),
  ],
};

const decisions = ['Approved', 'Denied'];
const onlyTrue = ['Approved', 'Denied', 'Failed'];

function conditionsOf({ status }: ServerObject): JsonObject[] {
  return objectsOf(fieldsOf(status).conditions);
}

/** Gives conditions their times: that of a state which has not changed stays. */
function stamp(object: ServerObject, old: ServerObject, now: string): void {
  for (const condition of conditionsOf(object)) {
    condition.lastUpdateTime ??= now;
    const before = conditionsOf(old).find(({ type, status }) => type === condition.type && status === condition.status);
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}

const usages = new Set([
  ...['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment'],
  ...['decipher only', 'digital signature', 'email protection', 'encipher only', 'ipsec end system', 'ipsec tunnel'],
  ...['ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime'],
  ...['server auth', 'signing', 'timestamping'],
]);
const minSeconds = 600;

function requestProblems(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const request = textOf(spec.request);
  if (!Buffer.from(request, 'base64').toString().includes('-----BEGIN CERTIFICATE REQUEST-----'))
    errors.push(
      invalidValue('spec.request', request === '' ? null : request, 'PEM block type must be CERTIFICATE REQUEST'),
    );
  const wanted = listOf(spec.usages).map(textOf);
  if (wanted.length === 0) errors.push(required('spec.usages'));
  for (const [index, usage] of wanted.entries()) {
    const at = `spec.usages[${index}]`;
    if (!usages.has(usage)) errors.push(notSupported(at, usage, [...usages]));
    if (wanted.indexOf(usage) !== index) errors.push(duplicate(at, usage));
  }
  errors.push(...signerProblems(textOf(spec.signerName)));
  const seconds = numberOf(spec.expirationSeconds);
  if (seconds !== undefined && seconds < minSeconds) {
    const why = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalidValue('spec.expirationSeconds', seconds, why));
  }
  return errors;
}

function signerProblems(name: string): FieldError[] {
  const complain = (why: string): FieldError[] => [invalidValue('spec.signerName', name, why)];
  if (name === '') return [required('spec.signerName')];
  if (name === 'kubernetes.io/legacy-unknown')
    return complain('the legacy signerName is not allowed via this API version');
  const [domain = '', path, ...more] = name.split('/');
  if (path === undefined || more.length > 0)
    return complain("must be a fully qualified domain and path of the form 'example.com/signer-name'");
  return domain.includes('.') ? [] : complain('should be a domain with at least two segments separated by dots');
}

/** Checks that an issued certificate, unless it was stored before, is one or more certificates in PEM. */
function certificateProblems(certificate: unknown, old: unknown): FieldError[] {
  const text = Buffer.from(textOf(certificate), 'base64').toString('latin1');
  if (text === '' || certificate === old) return [];
  const complain = (why: string): FieldError[] => [invalidValue('status.certificate', '<certificate data>', why)];
  const blocks = [...text.matchAll(/-----BEGIN ([^\n-]*)-----\r?\n([\s\S]*?)-----END \1-----/g)];
  for (const [, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE')
      return complain(`only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`);
    if (/^[^\n]*:/.test(body)) return complain('no PEM block headers are permitted');
    if (!isCertificate(Buffer.from(body, 'base64'))) return complain('x509: malformed certificate');
  }
  return blocks.length > 0 ? [] : complain('must contain at least one CERTIFICATE PEM block');
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}

function conditionProblems(conditions: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen: string[] = [];
  for (const [index, { type, status }] of conditions.entries()) {
    const at = `status.conditions[${index}]`;
    const name = textOf(type);
    const allowed = onlyTrue.includes(name) ? ['True'] : ['False', 'True', 'Unknown'];
    if (name === '') errors.push(required(`${at}.type`));
    if (textOf(status) === '') errors.push(required(`${at}.status`));
    else if (!allowed.includes(textOf(status))) errors.push(notSupported(`${at}.status`, status, allowed));
    if (decisions.includes(name) && decisions.some((other) => other !== name && seen.includes(other)))
      errors.push(invalidValue('status.conditions', name, 'Approved and Denied conditions are mutually exclusive'));
    if (seen.includes(name)) errors.push(duplicate(`${at}.type`, name));
    seen.push(name);
  }
  return errors;
}

/** Validates that decisions do not change. Only `approval` may decide, and only `status` may set the certificate. */
function changeProblems(object: ServerObject, old: ServerObject, approves: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (what: string, type: string): void =>
    void errors.push(
      forbiddenField('status.conditions', `updates may not ${what} a condition of type ${JSON.stringify(type)}`),
    );
  for (const type of onlyTrue) {
    const [now, before] = [conditionsOf(object), conditionsOf(old)].map((list) =>
      list.filter((one) => one.type === type),
    );
    if (now === undefined || before === undefined) continue;
    if (now.length < before.length) forbid('remove', type);
    else if (!approves && decisions.includes(type)) {
      if (now.length > before.length) forbid('add', type);
      else if (!equal(now, before)) forbid('modify', type);
    }
  }
  const [certificate, issued] = [fieldsOf(object.status).certificate, fieldsOf(old.status).certificate];
  if (!equal(certificate ?? null, issued ?? null)) {
    if (approves) errors.push(forbiddenField('status.certificate', 'updates may not set certificate content'));
    else if (issued !== undefined)
      errors.push(forbiddenField('status.certificate', 'updates may not modify existing certificate content'));
  }
  return errors;
}
