import { type LabelSelector, matchesLabelSelector } from '../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { nameOf } from './admission-request.js';

/** Reports whether the rules and selectors of a policy, or of its binding, match a write. */
export function isMeant(
  constraints: JsonObject,
  attributes: AdmissionAttributes,
  namespace: ServerObject | undefined,
): boolean {
  const rules = objectsOf(constraints.resourceRules);
  if (constraints.resourceRules !== undefined && !rules.some((rule) => ruleMatches(rule, attributes))) return false;
  if (objectsOf(constraints.excludeResourceRules).some((rule) => ruleMatches(rule, attributes))) return false;
  return isSelected(constraints, attributes, namespace);
}

/** Reports whether `namespaceSelector` and `objectSelector` match a write, by the new object or by the old one. */
export function isSelected(
  constraints: JsonObject,
  { request: { resource }, operation, object, old }: AdmissionAttributes,
  namespace: ServerObject | undefined,
): boolean {
  const isNamespace = resource.group === '' && resource.plural === 'namespaces';
  const about = isNamespace ? (object ?? old) : namespace;
  if (about !== undefined && !selects(constraints.namespaceSelector, about)) return false;
  // The options of a connection have no labels.
  if (operation === 'CONNECT') return isEmptySelector(constraints.objectSelector);
  return [object, old].some((one) => one !== undefined && selects(constraints.objectSelector, one));
}

function isEmptySelector(selector: unknown): boolean {
  return Object.keys(fieldsOf(selector)).length === 0;
}

function selects(selector: unknown, { metadata }: ServerObject): boolean {
  return selector === undefined || matchesLabelSelector(fieldsOf(selector) as LabelSelector, metadata.labels);
}

/** Reports whether a rule matches a write of `resource`: the requested resource, or the same one in another version. */
export function ruleMatches(
  rule: JsonObject,
  attributes: AdmissionAttributes,
  resource: ServedResource = attributes.request.resource,
): boolean {
  const { request, operation } = attributes;
  const { path } = request;
  const has = (list: unknown, value: string): boolean => listOf(list).some((one) => one === '*' || one === value);
  const scope = textOf(rule.scope) || '*';
  const names = listOf(rule.resourceNames);
  const name = nameOf(attributes);
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    (scope === '*' || (scope === 'Namespaced') === resource.namespaced) &&
    (names.length === 0 || names.includes(name)) &&
    listOf(rule.resources).some((one) => resourceMatches(textOf(one), resource.plural, path.subresource))
  );
}

function resourceMatches(pattern: string, plural: string, subresource: string | undefined): boolean {
  const [main = '', sub] = pattern.split('/');
  return (main === '*' || main === plural) && (sub === '*' || sub === subresource);
}
