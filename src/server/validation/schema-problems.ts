import type { SchemaFacts } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import { type FieldError, notSupported, required } from '../object/field-error.js';
import type { Scheme, ServedResource } from '../object/server-context.js';
import { SchemaSearch } from '../scheme/schema-search.js';

/**
 * Validates an object by its schema: required fields that are missing or empty, and values outside their enum. It skips the status, which
 * its writers must keep valid.
 */
function schemaProblems(scheme: Scheme, resource: ServedResource, object: { [field: string]: unknown }): FieldError[] {
  const errors: FieldError[] = [];
  if (resource.custom !== undefined) return errors;
  for (const [name, schema] of Object.entries(resource.schema.properties ?? {})) {
    if (name === 'status' || name === 'metadata' || name === 'kind' || name === 'apiVersion') continue;
    if (object[name] === undefined || object[name] === null) {
      if (resource.schema.required?.includes(name)) errors.push(required(name));
      continue;
    }
    walk(scheme, schema, object[name], name, name, errors, 0);
  }
  return errors;
}

/**
 * Merges the schema's errors with those of a kind's own rules, which know more: for a field that both report, only the own rules count.
 */
export function withSchemaProblems(
  scheme: Scheme,
  resource: ServedResource,
  object: { [field: string]: unknown },
  own: readonly FieldError[],
): FieldError[] {
  const bySchema = schemaProblems(scheme, resource, object);
  if (bySchema.length === 0 || own.length === 0) return [...bySchema, ...own];
  const told = new Set(own.flatMap(({ field, reason }) => [`${reason} ${field}`, field]));
  // Whatever a rule says of a field that is not there, it is what the real server says.
  const isTold = ({ field, reason }: FieldError): boolean =>
    told.has(reason === 'FieldValueRequired' ? field : `${reason} ${field}`);
  return [...bySchema.filter((error) => !isTold(error)), ...own];
}

/** Schemas that ask for something: a value of a few, or fields that have to be there. */
const search = new SchemaSearch(({ enum: values, required: fields = [] }) => values !== undefined || fields.length > 0);

/** `name` is the field that the path ends in; of items, empty. */
function walk(
  scheme: Scheme,
  schema: SchemaFacts | undefined,
  value: unknown,
  path: string,
  name: string,
  errors: FieldError[],
  depth: number,
): void {
  const at = search.into(scheme, schema);
  if (at === undefined || depth > 100) return;
  if (at.enum !== undefined && typeof value === 'string' && value !== '') {
    if (at.enum.includes(value) && !listedNames.has(name)) return;
    const values = supported(path, at.enum);
    if (!values.includes(value) && !toldElsewhere.test(path)) errors.push(notSupported(path, value, values));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  // The metadata of templates is not held to the schema.
  if (name === 'metadata') return;
  // Of these the rules say all by themselves.
  if (toldNames.has(name) && toldByRules.test(path)) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(scheme, at.items, item, `${path}[${i}]`, '', errors, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const field of at.required ?? []) {
    if (isMissing(value[field]) && !mayBeEmpty.has(field) && !namedElsewhere.test(path))
      errors.push(required(`${path}.${field}`, missingWords[field]));
  }
  for (const { name: field, schema: inner } of search.properties(scheme, at)) {
    const part = value[field];
    if (part === undefined || !Object.hasOwn(value, field)) continue;
    walk(scheme, inner, part, `${path}.${field}`, field, errors, depth + 1);
  }
  if (typeof at.additional === 'object') {
    for (const [key, inner] of Object.entries(value))
      walk(scheme, at.additional, inner, `${path}[${key}]`, '', errors, depth + 1);
  }
}

/** Lists in pods and in templates of pods, such as the volumes and where containers put them, and what versions of custom kinds hold. */
const toldByRules =
  /(^|\.)spec\.(volumes|(initC|c|ephemeralC)ontainers\[\d+\]\.(volume(Mounts|Devices)|resizePolicy|restartPolicyRules)|os)$|^spec\.versions\[\d+\]\.(schema|subresources|additionalPrinterColumns|selectableFields)$/;

/** The fields that `toldByRules` is about. */
const toldNames = new Set([
  'volumes',
  'volumeMounts',
  'volumeDevices',
  'resizePolicy',
  'restartPolicyRules',
  'os',
  'schema',
  'subresources',
  'additionalPrinterColumns',
  'selectableFields',
]);

/** Enums that the kinds' own rules look at, which name another path or other values. */
const toldElsewhere =
  /\.tolerations\[\d+\]\.(effect|operator)$|(nodeSelectorTerms\[\d+\]|\.preference)\.match(Expressions|Fields)\[\d+\]\.operator$|volumeClaimTemplates\[\d+\]\.spec\.accessModes\[\d+\]$|^spec\.(podManagementPolicy|(updateS|s)trategy\.type|scopes\[\d+\]|scopeSelector\.matchExpressions\[\d+\]\.scopeName|taints\[\d+\]\.effect|policyTypes\[\d+\]|(in|e)gress\[\d+\]\.ports\[\d+\]\.protocol)$/;

/** Values that the real server lists in an order of its own, and those of which it takes only some as long as a feature is off. */
const listed: readonly (readonly [where: RegExp, values: readonly string[]])[] = [
  [/^(?!.*ontainers\[).*\.restartPolicy$/, ['Always', 'OnFailure', 'Never']],
  [/\.dnsPolicy$/, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']],
  [/\.terminationMessagePolicy$/, ['File', 'FallbackToLogsOnError']],
  [/^(.*\.)?preemptionPolicy$/, ['PreemptLowerPriority', 'Never']],
  [/\.completionMode$/, ['NonIndexed', 'Indexed']],
];

/** The fields that `listed` is about. */
const listedNames = new Set([
  'restartPolicy',
  'dnsPolicy',
  'terminationMessagePolicy',
  'preemptionPolicy',
  'operator',
  'completionMode',
]);

/** Returns the values that a field may hold, in the order of messages. */
function supported(path: string, values: readonly unknown[]): string[] {
  const own = listed.find(([where]) => where.test(path))?.[1];
  return own === undefined ? values.map(String).sort() : [...own];
}

/** Required fields whose empty value has a meaning, such as the value of a header, or that the kind's own rules look at. */
const mayBeEmpty = new Set(['value', 'validationActions']);

/** The fields whose names the kinds' own rules require and report at another path. */
const namedElsewhere = /\.(schedulingGates|httpHeaders|resources\.claims)\[\d+\]$/;

/** The additional words for some required fields. */
const missingWords: { readonly [field: string]: string } = { topologyKey: 'can not be empty' };

/** Go cannot tell an absent string from an empty one, so that both are missing; zero, false and an empty list may be meant. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === '';
}
