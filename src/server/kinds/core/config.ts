import { Buffer } from 'node:buffer';
import { entryOf, fieldsOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { jsonSyntaxProblem } from '../../http/json-syntax.js';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { setDefault } from '../../object/set-default.js';
import { configKeyProblems } from '../../validation/value-problems.js';
import { keyPairWarnings } from './key-pairs.js';

const maxBytes = 1024 * 1024;

/** ConfigMaps. */
export const configMaps: Strategy = {
  validate: (object, old) => {
    const [data, binary] = [fieldsOf(object.data), fieldsOf(object.binaryData)];
    const errors = old === undefined ? [] : immutableProblems(object, old, ['data', 'binaryData']);
    errors.push(...keyProblems(data, 'data'), ...keyProblems(binary, 'binaryData'));
    for (const key of Object.keys(data)) {
      if (Object.hasOwn(binary, key))
        errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    const total = sizeOf(data, (text) => Buffer.byteLength(text)) + sizeOf(binary, decodedLength);
    if (total > maxBytes) errors.push({ ...tooLong('', maxBytes), field: '[]' });
    return errors;
  },
};

/** Secrets: text given in `stringData` is kept in `data`. */
export const secrets: Strategy = {
  fields: { type: ({ type }) => textOf(type) },
  defaults: (secret) => {
    setDefault(secret, 'type', 'Opaque');
    const text = fieldsOf(secret.stringData);
    if (Object.keys(text).length > 0) {
      const encoded = Object.entries(text).map(([key, value]) => [key, Buffer.from(textOf(value)).toString('base64')]);
      secret.data = { ...fieldsOf(secret.data), ...Object.fromEntries(encoded) };
    }
    delete secret.stringData;
  },
  warnings: (secret) => (secret.type === 'kubernetes.io/tls' ? keyPairWarnings(fieldsOf(secret.data)) : []),
  validate: (secret, old) => {
    const data = fieldsOf(secret.data);
    const errors = old === undefined ? [] : changedSecret(secret, old);
    errors.push(...keyProblems(data, 'data'));
    if (sizeOf(data, decodedLength) > maxBytes) errors.push(tooLong('data', maxBytes));
    return [...errors, ...typeProblems(secret, data)];
  },
};

function changedSecret(secret: ServerObject, old: ServerObject): FieldError[] {
  const errors = secret.type === old.type ? [] : [invalidValue('type', textOf(secret.type), 'field is immutable')];
  return [...errors, ...immutableProblems(secret, old, ['data'])];
}

/** The keys that the well-known types of secrets must have. */
const neededKeys: { readonly [type: string]: readonly string[] } = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
};

function typeProblems(secret: ServerObject, data: JsonObject): FieldError[] {
  const type = textOf(secret.type);
  const errors = (entryOf(neededKeys, type) ?? [])
    .filter((key) => !Object.hasOwn(data, key))
    .map((key) => required(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  if (type === 'kubernetes.io/service-account-token') {
    const annotation = 'kubernetes.io/service-account.name';
    if ((secret.metadata.annotations?.[annotation] ?? '') === '')
      errors.push(required(`metadata.annotations[${annotation}]`));
  }
  if (type.startsWith('kubernetes.io/dockerc')) {
    const key = entryOf(neededKeys, type)?.[0] ?? '';
    const problem = jsonSyntaxProblem(Buffer.from(textOf(data[key]), 'base64').toString());
    if (Object.hasOwn(data, key) && problem !== undefined)
      errors.push(invalidValue(`data[${key}]`, '<secret contents redacted>', problem));
  }
  return errors;
}

function keyProblems(data: JsonObject, field: string): FieldError[] {
  return Object.keys(data)
    .sort()
    .flatMap((key) => configKeyProblems(key).map((why) => invalidValue(`${field}[${key}]`, key, why)));
}

/** Validates that fields do not change once `immutable` is set, which cannot be unset either. */
function immutableProblems(object: ServerObject, old: ServerObject, fields: readonly string[]): FieldError[] {
  if (old.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const errors = object.immutable === true ? [] : [forbiddenField('immutable', why)];
  for (const field of fields) {
    if (!equal(object[field] ?? {}, old[field] ?? {})) errors.push(forbiddenField(field, why));
  }
  return errors;
}

function sizeOf(data: JsonObject, length: (text: string) => number): number {
  return Object.values(data).reduce<number>((total, value) => total + length(textOf(value)), 0);
}

function decodedLength(encoded: string): number {
  return Buffer.byteLength(encoded, 'base64');
}
