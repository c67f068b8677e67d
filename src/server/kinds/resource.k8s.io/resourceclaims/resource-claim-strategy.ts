import { fieldsOf, objectsOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { internalEcho } from '../../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue } from '../../../object/field-error.js';
import type { Operation, Strategy } from '../../../object/server-context.js';
import { storageKey } from '../../../scheme/storage-keys.js';
import { peekStored } from '../../../scheme/stored-object.js';
import { annotationProblems, labelProblems } from '../../../validation/meta-problems.js';
import { defaultRequests } from '../devices.js';
import { claimSpecProblems } from './resource-claim-validation.js';

const adminLabel = 'resource.kubernetes.io/admin-access';

/** Strategy of ResourceClaims, whose spec is immutable. */
export const resourceClaims: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  defaults: ({ spec }) => defaultRequests(fieldsOf(fieldsOf(spec).devices)),
  lookUp: ({ spec }, request) => adminProblems(fieldsOf(spec), request),
  validateCreate: ({ spec }) => claimSpecProblems(fieldsOf(spec), 'spec'),
  validateUpdate: ({ spec }, old) =>
    immutableSpecProblems('resource/v1.ResourceClaimSpec', fieldsOf(spec), fieldsOf(old.spec)),
};

/** Strategy of ResourceClaimTemplates, whose spec is immutable. */
export const resourceClaimTemplates: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  validateUpdate: ({ spec }, old) =>
    immutableSpecProblems('resource/v1.ResourceClaimTemplateSpec', fieldsOf(spec), fieldsOf(old.spec)),
  defaults: ({ spec }) => defaultRequests(fieldsOf(fieldsOf(fieldsOf(spec).spec).devices)),
  lookUp: ({ spec }, request) => adminProblems(fieldsOf(fieldsOf(spec).spec), request),
  validate: ({ spec }) => {
    const { metadata, spec: inner } = fieldsOf(spec);
    return [...templateMetaProblems(fieldsOf(metadata)), ...claimSpecProblems(fieldsOf(inner), 'spec.spec')];
  },
};

function immutableSpecProblems(type: string, spec: JsonObject, old: JsonObject): FieldError[] {
  return equal(spec, old) ? [] : [invalidValue('spec', internalEcho(type, spec), 'field is immutable')];
}

function templateMetaProblems(metadata: JsonObject): FieldError[] {
  const { annotations, labels, ...others } = metadata;
  const texts = (value: unknown): { [key: string]: string } => fieldsOf(value) as { [key: string]: string };
  return [
    ...annotationProblems(texts(annotations), 'spec.metadata.annotations'),
    ...labelProblems(texts(labels), 'spec.metadata.labels'),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([field]) => forbiddenField(`spec.metadata.${field === 'uid' ? 'uID' : field}`, 'cannot be set')),
  ];
}

/** Checks that a namespace is meant for claims with administrative access, where a claim asks for it. */
async function adminProblems(spec: JsonObject, { server, path }: Operation): Promise<FieldError[]> {
  const requests = objectsOf(fieldsOf(spec.devices).requests);
  const index = requests.findIndex(({ exactly }) => fieldsOf(exactly).adminAccess === true);
  const namespaces = server.scheme.resource('', 'v1', 'namespaces');
  if (index < 0 || namespaces === undefined) return [];
  const { kv } = await server.storage.get(storageKey(namespaces, undefined, path.namespace ?? ''));
  if (kv !== undefined && peekStored(kv, namespaces).metadata.labels?.[adminLabel] === 'true') return [];
  const why = `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`;
  return [forbiddenField(`spec.devices.requests[${index}].adminAccess`, why)];
}
