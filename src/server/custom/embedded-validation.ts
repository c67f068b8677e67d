import { dns1035LabelProblems, FormatError, type ObjectMeta, parseApiVersion } from '../../meta/index.js';
import { childPath, type JsonSchema, propertySchema, valuesSchema } from '../../meta/json-schema.js';
import { isObject, type JsonObject, own } from '../../util/json-value.js';
import { type FieldError, invalidValue, required } from '../object/field-error.js';
import { metaProblems, pathSegmentName } from '../validation/meta-problems.js';

/** Validates the kinds, versions and metadata of the resources embedded in an object. */
export function embeddedErrors(value: unknown, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => embeddedErrors(item, schema.items, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  const errors = schema['x-kubernetes-embedded-resource'] === true ? resourceErrors(value, path) : [];
  for (const name of Object.keys(value)) {
    const property = propertySchema(schema, name);
    const at = property === undefined ? `${path}[${name}]` : childPath(path, name);
    errors.push(...embeddedErrors(own(value, name), property ?? valuesSchema(schema), at));
  }
  return errors;
}

function resourceErrors(value: JsonObject, path: string): FieldError[] {
  return [
    ...nameErrors(value, childPath(path, 'apiVersion'), 'apiVersion', apiVersionProblems),
    ...nameErrors(value, childPath(path, 'kind'), 'kind', kindProblems),
    ...metadataErrors(value.metadata, childPath(path, 'metadata')),
  ];
}

function nameErrors(
  value: JsonObject,
  path: string,
  field: 'apiVersion' | 'kind',
  problems: (text: string) => string[],
): FieldError[] {
  if (!Object.hasOwn(value, field)) return [required(path)];
  const text = value[field];
  if (typeof text !== 'string') return [invalidValue(path, text, 'must be a string')];
  if (text === '') return [invalidValue(path, text, 'must not be empty')];
  return problems(text).map((why) => invalidValue(path, text, why));
}

function apiVersionProblems(text: string): string[] {
  try {
    parseApiVersion(text);
    return [];
  } catch (error) {
    if (error instanceof FormatError) return [error.message];
    throw error;
  }
}

function kindProblems(text: string): string[] {
  const problems = dns1035LabelProblems(text.toLowerCase());
  return problems.length === 0 ? [] : [`may have mixed case, but should otherwise match: ${problems.join(',')}`];
}

/** Metadata has been given its form when the object was read; what it says is checked here. */
function metadataErrors(metadata: unknown, path: string): FieldError[] {
  if (!isObject(metadata)) return [];
  const meta: ObjectMeta = metadata;
  const named = { ...meta, name: meta.name === undefined || meta.name === '' ? 'fakename' : meta.name };
  return metaProblems(named, pathSegmentName, (meta.namespace ?? '') !== '').map((error) => ({
    ...error,
    field: error.field.replace(/^metadata/, path),
  }));
}
