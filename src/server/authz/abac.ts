import { fieldsOf, textOf } from '../../util/json-fields.js';
import type { Attributes, Authorizer, PolicyRule } from '../object/authorization.js';
import type { UserInfo } from '../object/user.js';

/** One line of a policy file. `*` matches everything; an empty text matches an empty text only. */
interface AbacPolicy {
  readonly user: string;
  readonly group: string;
  readonly readonly: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace: string;
  readonly nonResourcePath: string;
}

const apiVersion = 'abac.authorization.kubernetes.io/v1beta1';
const authenticatedGroup = 'system:authenticated';
const readVerbs = ['get', 'list', 'watch'];

/**
 * Authorizes by attributes, as kube-apiserver's mode `ABAC`. `text` is a policy file: one JSON object a line, and comments that
 * begin with `#`. Throws an Error that names `path` and the line of a policy that cannot be read.
 */
export function abacAuthorizer(text: string, path: string): Authorizer {
  const policies = [...policiesIn(text, path)];
  return {
    authorize: async (attributes) =>
      policies.some((policy) => matches(policy, attributes))
        ? { allowed: true, reason: '' }
        : { allowed: false, reason: 'No policy matched.' },
    rulesFor: async (user, namespace) => ({
      rules: policies.filter((policy) => matchesUser(policy, user)).flatMap((policy) => rulesOf(policy, namespace)),
      errors: [],
    }),
  };
}

function* policiesIn(text: string, path: string): Generator<AbacPolicy> {
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    try {
      yield policyOf(JSON.parse(trimmed));
    } catch (error) {
      const why = error instanceof SyntaxError ? 'the line is not JSON' : error instanceof Error ? error.message : '';
      throw new Error(`cannot read the policy file ${path}, line ${index + 1}: ${why}`);
    }
  }
}

function policyOf(value: unknown): AbacPolicy {
  const line = fieldsOf(value);
  if (line.apiVersion === undefined && line.kind === undefined) return unversioned(fieldsOfPolicy(line));
  if (line.apiVersion !== apiVersion || line.kind !== 'Policy')
    throw new Error(`the object is not a Policy of ${apiVersion}`);
  return fieldsOfPolicy(fieldsOf(line.spec));
}

const texts = ['user', 'group', 'apiGroup', 'resource', 'namespace', 'nonResourcePath'] as const;

function fieldsOfPolicy(spec: { [field: string]: unknown }): AbacPolicy {
  for (const name of texts) {
    if (spec[name] !== undefined && typeof spec[name] !== 'string') throw new Error(`${name} is not a string`);
  }
  if (spec.readonly !== undefined && typeof spec.readonly !== 'boolean') throw new Error('readonly is not a boolean');
  const [user, group, apiGroup, resource, namespace, nonResourcePath] = texts.map((name) => textOf(spec[name]));
  return {
    user: user ?? '',
    group: group ?? '',
    apiGroup: apiGroup ?? '',
    resource: resource ?? '',
    namespace: namespace ?? '',
    nonResourcePath: nonResourcePath ?? '',
    readonly: spec.readonly === true,
  };
}

/** Gives a policy of the format without versions its meaning: an empty text matches everything, for authenticated users. */
function unversioned(policy: AbacPolicy): AbacPolicy {
  const { user, group, resource, namespace } = policy;
  const everyone = (user === '' && group === '') || user === '*' || group === '*';
  return {
    ...policy,
    user: user === '*' || group === '*' ? '' : user,
    group: everyone ? authenticatedGroup : group,
    apiGroup: '*',
    resource: resource === '' ? '*' : resource,
    namespace: namespace === '' ? '*' : namespace,
    nonResourcePath: resource === '' && namespace === '' ? '*' : '',
  };
}

function matches(policy: AbacPolicy, { user, verb, resource, path }: Attributes): boolean {
  if (!matchesUser(policy, user)) return false;
  if (policy.readonly && !readVerbs.includes(verb)) return false;
  if (resource === undefined) return matchesPath(policy.nonResourcePath, path);
  return (
    matchesText(policy.namespace, resource.namespace) &&
    matchesText(policy.resource, resource.resource) &&
    matchesText(policy.apiGroup, resource.group)
  );
}

/** A policy that names a user and a group is for that user in that group; one that names neither is for no user. */
function matchesUser({ user, group }: AbacPolicy, { username, groups }: UserInfo): boolean {
  if (user === '' && group === '') return false;
  return (user === '' || matchesText(user, username)) && (group === '' || group === '*' || groups.includes(group));
}

function matchesText(pattern: string, text: string): boolean {
  return pattern === '*' || pattern === text;
}

function matchesPath(pattern: string, path: string): boolean {
  return matchesText(pattern, path) || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}

function rulesOf(policy: AbacPolicy, namespace: string): PolicyRule[] {
  if (!matchesText(policy.namespace, namespace)) return [];
  const verbs = policy.readonly ? readVerbs : ['*'];
  const { resource, apiGroup, nonResourcePath } = policy;
  return [
    ...(resource === '' ? [] : [{ verbs, apiGroups: [apiGroup], resources: [resource] }]),
    ...(nonResourcePath === '' ? [] : [{ verbs, nonResourceURLs: [nonResourcePath] }]),
  ];
}
