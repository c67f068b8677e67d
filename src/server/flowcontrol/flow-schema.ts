import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { Attributes } from '../object/authorization.js';
import type { ServerObject } from '../object/server-object.js';
import type { UserInfo } from '../object/user.js';

/** A FlowSchema: the requests that it matches and the priority level that they go to. */
export interface FlowSchema {
  readonly name: string;
  readonly uid: string;
  readonly precedence: number;
  readonly level: string;
  /** The part of a request that tells its flows apart. */
  readonly distinguisher: 'ByUser' | 'ByNamespace' | undefined;
  readonly rules: readonly Fields[];
}

type Fields = { readonly [field: string]: unknown };

/** Reads a FlowSchema from its stored object. */
export function flowSchemaOf({ metadata, spec }: ServerObject): FlowSchema {
  const { matchingPrecedence, priorityLevelConfiguration, distinguisherMethod, rules } = fieldsOf(spec);
  const type = textOf(fieldsOf(distinguisherMethod).type);
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    precedence: numberOf(matchingPrecedence) ?? 1_000,
    level: textOf(fieldsOf(priorityLevelConfiguration).name),
    distinguisher: type === 'ByUser' || type === 'ByNamespace' ? type : undefined,
    rules: objectsOf(rules),
  };
}

/** Orders FlowSchemas as requests are matched: by precedence, then by name. */
export function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  return a.precedence - b.precedence || (a.name < b.name ? -1 : 1);
}

/** True when one of the schema's rules matches a request. */
export function matchesFlowSchema({ rules }: FlowSchema, attributes: Attributes): boolean {
  return rules.some(({ subjects, resourceRules, nonResourceRules }) => {
    if (!objectsOf(subjects).some((subject) => matchesSubject(subject, attributes.user))) return false;
    return attributes.resource === undefined
      ? objectsOf(nonResourceRules).some((rule) => matchesPath(rule, attributes))
      : objectsOf(resourceRules).some((rule) => matchesResource(rule, attributes));
  });
}

/** Returns the flow of a request: requests of one flow wait in the same queues. */
export function flowOf({ name, distinguisher }: FlowSchema, { user, resource }: Attributes): string {
  if (distinguisher === 'ByUser') return `${name}/${user.username}`;
  return distinguisher === 'ByNamespace' ? `${name}/${resource?.namespace ?? ''}` : name;
}

function matchesSubject({ kind, user, group, serviceAccount }: Fields, { username, groups }: UserInfo): boolean {
  const all = '*';
  switch (kind) {
    case 'User':
      return [all, username].includes(textOf(fieldsOf(user).name));
    case 'Group': {
      const name = textOf(fieldsOf(group).name);
      return name === all || groups.includes(name);
    }
    case 'ServiceAccount': {
      const { namespace, name } = fieldsOf(serviceAccount);
      const prefix = `system:serviceaccount:${textOf(namespace)}:`;
      return name === all ? username.startsWith(prefix) : username === `${prefix}${textOf(name)}`;
    }
    default:
      return false;
  }
}

function matchesResource(rule: Fields, { verb, resource }: Attributes): boolean {
  if (resource === undefined) return false;
  const { group, subresource, namespace } = resource;
  const name = subresource === '' ? resource.resource : `${resource.resource}/${subresource}`;
  if (!holds(rule.verbs, verb) || !holds(rule.resources, name) || !holds(rule.apiGroups, group)) return false;
  return namespace === '' ? rule.clusterScope === true : holds(rule.namespaces, namespace);
}

function matchesPath({ verbs, nonResourceURLs }: Fields, { verb, path }: Attributes): boolean {
  if (!holds(verbs, verb)) return false;
  return listOf(nonResourceURLs).some((given) => {
    const url = textOf(given);
    if (url === '*' || url === path) return true;
    const prefix = url.replace(/\*$/, '');
    return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
  });
}

/** True when a list names a value, or is `['*']`. */
function holds(list: unknown, value: string): boolean {
  const values = listOf(list);
  return (values.length === 1 && values[0] === '*') || values.includes(value);
}

/** Returns the condition `Dangling` that a FlowSchema should have; undefined where it has it. */
export function danglingCondition(
  { spec, status }: ServerObject,
  hasLevel: (name: string) => boolean,
): Fields | undefined {
  const name = textOf(fieldsOf(fieldsOf(spec).priorityLevelConfiguration).name);
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  const wanted = hasLevel(name)
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
  const found = objectsOf(fieldsOf(status).conditions).find(({ type }) => type === wanted.type);
  const isSettled =
    found?.status === wanted.status && found.reason === wanted.reason && found.message === wanted.message;
  return isSettled ? undefined : wanted;
}
