import { Buffer } from 'node:buffer';
import { fieldsOf, objectsOf, textOf } from '../fields.js';
import type { ServerObject } from '../registry/stored.js';
import { type FieldError, forbiddenField, invalidValue } from '../validation/field-error.js';
import type { Strategy } from './strategy.js';

/** CertificateSigningRequests: the server says who asks, and what is asked never changes. */
export const certificateSigningRequests: Strategy = {
  generation: false,
  prepareForCreate: (object, { user }) => {
    const { username, groups, uid } = user;
    object.spec = { ...fieldsOf(object.spec), username, groups, ...(uid === undefined ? {} : { uid }) };
    object.status = {};
  },
  prepareForUpdate: (object, old) => {
    object.spec = old.spec;
    object.status = old.status;
  },
  validate: ({ spec }) => {
    const request = textOf(fieldsOf(spec).request);
    if (Buffer.from(request, 'base64').toString().includes('-----BEGIN CERTIFICATE REQUEST-----')) return [];
    return [invalidValue('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST')];
  },
  validateSubresource: (subresource, object, old) => (subresource === 'approval' ? approvalProblems(object, old) : []),
};

/** What was approved or denied stays so. */
function approvalProblems(object: ServerObject, old: ServerObject): FieldError[] {
  const now = new Set(objectsOf(fieldsOf(object.status).conditions).map(({ type }) => type));
  return objectsOf(fieldsOf(old.status).conditions)
    .filter(({ type }) => (type === 'Approved' || type === 'Denied' || type === 'Failed') && !now.has(type))
    .map(({ type }) =>
      forbiddenField('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`),
    );
}
