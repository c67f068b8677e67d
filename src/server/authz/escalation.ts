import { fieldsOf, textOf } from '../fields.js';
import { equal } from '../patch/json-value.js';
import type { ResourceRequest } from '../registry/context.js';
import type { ServerObject } from '../registry/stored.js';
import { forbidden, notFound } from '../status-error.js';
import { masters } from './authorizer.js';
import { missingRights, type PolicyRule, rulesOf } from './rules.js';

const group = 'rbac.authorization.k8s.io';

/** Nobody writes a role with more rights than their own, unless they may `escalate`. Throws the 403 Status. */
export async function checkRole(
  request: ResourceRequest,
  role: ServerObject,
  old: ServerObject | undefined,
): Promise<void> {
  if (isMaster(request) || (old !== undefined && equal(role.rules ?? [], old.rules ?? []))) return;
  const { resource, path } = request;
  if (await may(request, 'escalate', resource.plural, path.name ?? '')) return;
  await checkRights(request, role, rulesOf(role.rules));
}

/** Nobody grants a role with more rights than their own, unless they may `bind` it. Throws the 403 Status, or 404 for no such role. */
export async function checkBinding(
  request: ResourceRequest,
  binding: ServerObject,
  old: ServerObject | undefined,
): Promise<void> {
  const same =
    old !== undefined && equal(binding.subjects ?? [], old.subjects ?? []) && equal(binding.roleRef, old.roleRef);
  if (isMaster(request) || same) return;
  const { roleRef } = binding;
  const [kind, name] = [textOf(fieldsOf(roleRef).kind), textOf(fieldsOf(roleRef).name)];
  if (await may(request, 'bind', kind === 'Role' ? 'roles' : 'clusterroles', name)) return;
  const rules = await request.server.roleRules(kind, request.path.namespace ?? '', name);
  // As the real server has it: the role is missed under the name of the binding's resource.
  if (rules === undefined) throw notFound(request.resource, name);
  await checkRights(request, binding, rules);
}

function isMaster({ user }: ResourceRequest): boolean {
  return user.groups.includes(masters);
}

async function may(request: ResourceRequest, verb: string, resource: string, name: string): Promise<boolean> {
  const { server, user, path } = request;
  const about = { group, version: '*', resource, subresource: '', namespace: path.namespace ?? '', name };
  return (await server.authorizer.authorize({ user, verb, path: '', resource: about })).allowed;
}

async function checkRights(
  { server, user, path, resource }: ResourceRequest,
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
