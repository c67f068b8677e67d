import { escapedJson, escapeHtml } from '../../patch/go-format.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { typeFact } from '../../wire/protobuf/field-facts.js';
import { type GoField, goFields } from './go-fields.js';
import { hostFields, inInternalOrder, internalName } from './internal-names.js';
import { unifiedDiff } from './unified-diff.js';

/** A value in the words of Go: messages quote `text` as it is. */
export class GoText {
  constructor(readonly text: string) {}
}

/**
 * Returns a value of a built-in type as errors quote it. kube-apiserver checks objects of internal types, which have no JSON names: every
 * field shows, under its Go name, with null for lists, maps and pointers that are not set. Types of `meta.k8s.io` are internal types too,
 * and show as clients know them.
 */
export function internalEcho(type: string, value: unknown): GoText {
  return new GoText(escapedJson(internalForm(type, value)));
}

/** Returns a list of values of a built-in type as errors quote it. */
export function internalListEcho(type: string, values: readonly unknown[]): GoText {
  return new GoText(escapedJson(values.map((value) => internalForm(type, value))));
}

/** Returns a value with JSON names as errors quote it: keys of maps sorted. `undefined` shows as null. */
export function externalEcho(type: string, value: unknown): GoText {
  return new GoText(escapedJson(externalForm(type, value ?? null)));
}

/** Returns an object in the order of its type and with sorted maps, as Go's encoder writes it. */
export function encodedOrder(type: string, object: JsonObject): JsonObject {
  const form = externalForm(type, object);
  return isObject(form) ? form : object;
}

/** Returns a map of texts or quantities as errors quote it: with sorted keys, null if it is not set. */
export function mapEcho(value: unknown): GoText {
  return new GoText(escapedJson(isObject(value) ? sorted(value) : null));
}

/** Returns the difference of two values of an internal type as errors quote it: a unified diff of their JSON. */
export function internalDiff(type: string, before: unknown, after: unknown): string {
  const [old, now] = [before, after].map((value) => escapeHtml(JSON.stringify(internalForm(type, value), null, 1)));
  return unifiedDiff(old ?? '', now ?? '');
}

/** Returns the internal form of a value as plain JSON. */
function internalForm(type: string, value: unknown): unknown {
  if (hasJsonNames(type)) return externalForm(type, value ?? zero(type));
  const fields = goFields(type);
  if (fields === undefined) return schemaForm(type, value) ?? value ?? zero(type);
  const object = isObject(value) ? value : {};
  if (type === 'core/v1.PodSpec') return podSpecForm(fields, object);
  return formOf(type, fields, object);
}

function formOf(type: string, fields: readonly GoField[], object: { readonly [key: string]: unknown }): object {
  const entries = inInternalOrder(type, fields).flatMap((field): [string, unknown][] => {
    const { name, type: inner } = field;
    // Metadata is embedded without a name of its own.
    if (name === 'metadata' && inner === metaType) return Object.entries(externalForm(inner, object[name] ?? {}) ?? {});
    return [[internalName(type, name), internalField(field, object[name])]];
  });
  return Object.fromEntries(entries);
}

const schemaType = 'apiextensions/v1.JSONSchemaProps';

/** Returns the form of a type that holds a schema or something else. Returns undefined for other types. */
function schemaForm(type: string, value: unknown): unknown {
  const schema = isObject(value) ? internalForm(schemaType, value) : null;
  switch (type) {
    case 'apiextensions/v1.JSONSchemaPropsOrArray':
      return {
        Schema: schema,
        JSONSchemas: Array.isArray(value) ? value.map((one) => internalForm(schemaType, one)) : null,
      };
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return { Allows: value !== false, Schema: schema };
    case 'apiextensions/v1.JSONSchemaPropsOrStringArray':
      return { Schema: schema, Property: Array.isArray(value) ? value : null };
    default:
      return undefined;
  }
}

const metaType = 'apis/meta/v1.ObjectMeta';

/** Internally, the namespaces of the host that a pod uses are a matter of its security context. */
function podSpecForm(fields: readonly GoField[], spec: { readonly [key: string]: unknown }): object {
  const isHost = ({ name }: GoField): boolean => hostFields.some((host) => host === name);
  const rest = fields.filter((field) => !isHost(field) && field.name !== 'serviceAccount');
  const form = formOf('core/v1.PodSpec', rest, { ...spec, securityContext: spec.securityContext ?? {} });
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) =>
      name === 'SecurityContext'
        ? [name, { ...formOf('core/v1.PodSpec', fields.filter(isHost), spec), ...value }]
        : [name, value],
    ),
  );
}

function internalField({ type, list, map, pointer }: GoField, value: unknown): unknown {
  if (value === undefined || value === null) return list || map || pointer ? null : internalForm(type, undefined);
  if (list) return Array.isArray(value) ? value.map((item) => internalForm(type, item)) : value;
  if (map) return isObject(value) ? sorted(value, (inner) => internalForm(type, inner)) : value;
  return internalForm(type, value);
}

/** Returns a value in the order of its type, with sorted maps. Nothing is added to it. */
function externalForm(type: string, value: unknown): unknown {
  const fields = goFields(type);
  if (fields === undefined) return typeFact(type) === undefined && isObject(value) ? sorted(value) : value;
  if (!isObject(value)) return value;
  const present = fields.filter(({ name }) => value[name] !== undefined);
  return Object.fromEntries(
    present.map(({ name, type: inner, list, map }) => {
      const part = value[name];
      if (list && Array.isArray(part)) return [name, part.map((item) => externalForm(inner, item))];
      if (map && isObject(part)) return [name, sorted(part, (item) => externalForm(inner, item))];
      return [name, externalForm(inner, part)];
    }),
  );
}

/** Internal types use these types as they are. */
function hasJsonNames(type: string): boolean {
  return type.startsWith('apis/meta/');
}

function sorted(map: { readonly [key: string]: unknown }, form = (value: unknown): unknown => value): unknown {
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((key) => [key, form(map[key])]),
  );
}

function zero(type: string): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
    case 'util/intstr.IntOrString':
      return 0;
    case 'api/resource.Quantity':
      return '0';
    default:
      return goFields(type) === undefined ? null : {};
  }
}
