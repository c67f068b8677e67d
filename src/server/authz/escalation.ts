import { fieldsOf, listOf, textOf } from '../../util/json-fields.js';
import { equal } from '../../util/json-value.js';
import type { PolicyRule } from '../object/authorization.js';
import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { forbidden, notFound } from '../object/status-error.js';
import { masters } from './authorizer.js';
import { missingRights, rulesOf } from './rules.js';

const group = 'rbac.authorization.k8s.io';

/** All rights there are: an aggregation rule may gather any of them. */
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Checks that a role does not grant its writer new rights. The writer needs every right in the role, all rights for an aggregation rule, or
 * the verb `escalate`. Throws the 403 Status. (kube-apiserver's `clusterrole/policybased`.)
 */
export async function checkRole(request: Operation, role: ServerObject, old: ServerObject | undefined): Promise<void> {
  if (isMaster(request) || changesOnlyOwnership(role, old)) return;
  const { resource, path } = request;
  if (await may(request, 'escalate', resource.plural, path.name ?? '')) return;
  await checkRights(request, role, rulesOf(role.rules));
  if (!isAggregated(role) && !(old !== undefined && isAggregated(old))) return;
  const { rules } = await request.server.authorizer.rulesFor(request.user, '');
  if (missingRights(rules, everything).length === 0) return;
  throw forbidden(resource, role.metadata.name ?? '', 'must have cluster-admin privileges to use the aggregationRule');
}

/**
 * Checks that a binding does not grant its writer new rights. The writer needs every right of the role, or the verb `bind` on it. Throws the
 * 403 Status, or 404 for a role that does not exist.
 */
export async function checkBinding(
  request: Operation,
  binding: ServerObject,
  old: ServerObject | undefined,
): Promise<void> {
  if (isMaster(request) || changesOnlyOwnership(binding, old)) return;
  const { roleRef } = binding;
  const [kind, name] = [textOf(fieldsOf(roleRef).kind), textOf(fieldsOf(roleRef).name)];
  if (await may(request, 'bind', kind === 'Role' ? 'roles' : 'clusterroles', name)) return;
  const rules = await request.server.roleRules(kind, request.path.namespace ?? '', name);
  // As the real server has it: the role is missed under the name of the binding's resource.
  if (rules === undefined) throw notFound(request.resource, name);
  await checkRights(request, binding, rules);
}

/** Returns whether an update changes only what the garbage collector changes: owner references and finalizers. */
function changesOnlyOwnership(object: ServerObject, old: ServerObject | undefined): boolean {
  if (old === undefined) return false;
  const withoutOwnership = ({ metadata, ...rest }: ServerObject): unknown => {
    const { ownerReferences, finalizers, managedFields, resourceVersion, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  return equal(withoutOwnership(object), withoutOwnership(old));
}

function isAggregated({ aggregationRule }: ServerObject): boolean {
  return listOf(fieldsOf(aggregationRule).clusterRoleSelectors).length > 0;
}

function isMaster({ user }: Operation): boolean {
  return user.groups.includes(masters);
}

async function may(request: Operation, verb: string, resource: string, name: string): Promise<boolean> {
  const { server, user, path } = request;
  const about = { group, version: '*', resource, subresource: '', namespace: path.namespace ?? '', name };
  return (await server.authorizer.authorize({ user, verb, path: '', resource: about })).allowed;
}

async function checkRights(
  { server, user, path, resource }: Operation,
  object: ServerObject,
  wanted: readonly PolicyRule[],
): Promise<void> {
  const { rules, errors } = await server.authorizer.rulesFor(user, path.namespace ?? '');
  const missing = missingRights(rules, wanted);
  if (missing.length === 0) return;
  const groups = user.groups.map((one) => JSON.stringify(one)).join(' ');
  const who = `user ${JSON.stringify(user.username)} (groups=[${groups}])`;
  const unresolved = errors.length === 0 ? '' : `; resolution errors: [${errors.join(' ')}]`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}${unresolved}`;
  throw forbidden(resource, object.metadata.name ?? '', why);
}
