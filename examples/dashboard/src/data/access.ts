import type { ClusterApi } from './api.js';
import { findKind, type Kind } from './kinds.js';
import { listObjects } from './live-object.js';
import { type Fields, type KubeObject, listAt, textAt } from './objects.js';

/** A request whose permission is asked for. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Undefined: in all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** One who may do it, and why. */
export interface Grant {
  readonly subjectKind: string;
  readonly subject: string;
  readonly binding: string;
  readonly role: string;
}

/** Finds who may do something, by the roles and bindings of RBAC. Rejects if the user may not list them. */
export async function whoCan(api: ClusterApi, kinds: readonly Kind[], question: AccessQuestion): Promise<Grant[]> {
  const group = 'rbac.authorization.k8s.io';
  const all = async (plural: string, namespace?: string) => {
    const kind = findKind(kinds, plural, group);
    if (kind === undefined) return [];
    return (await listObjects(api, { kind, namespace })).items;
  };
  const [clusterRoles, clusterBindings, roles, bindings] = await Promise.all([
    all('clusterroles'),
    all('clusterrolebindings'),
    question.namespace === undefined ? [] : all('roles', question.namespace),
    question.namespace === undefined ? [] : all('rolebindings', question.namespace),
  ]);
  const allowing = new Set(
    [...clusterRoles, ...roles]
      .filter((role) => listAt(role, 'rules').some((rule) => permits(rule, question)))
      .map(roleKey),
  );
  return [...clusterBindings, ...bindings]
    .filter((binding) => allowing.has(roleRefKey(binding)))
    .flatMap((binding) =>
      listAt(binding, 'subjects').map((subject) => ({
        subjectKind: textAt(subject, 'kind'),
        subject: [textAt(subject, 'namespace'), textAt(subject, 'name')].filter(Boolean).join('/'),
        binding: `${binding.kind} ${binding.metadata.name}`,
        role: `${textAt(binding, 'roleRef.kind')} ${textAt(binding, 'roleRef.name')}`,
      })),
    )
    .sort((a, b) => a.subjectKind.localeCompare(b.subjectKind) || a.subject.localeCompare(b.subject));
}

function permits(rule: Fields, { verb, group, resource, name }: AccessQuestion): boolean {
  const has = (field: string, value: string) => {
    const list = rule[field];
    return Array.isArray(list) && (list.includes('*') || list.includes(value));
  };
  const names = rule.resourceNames;
  const isNamed = !Array.isArray(names) || names.length === 0 || (name !== '' && names.includes(name));
  const [, subresource] = resource.split('/');
  const isResource = has('resources', resource) || (subresource !== undefined && has('resources', `*/${subresource}`));
  return has('verbs', verb) && has('apiGroups', group) && isResource && isNamed;
}

function roleKey(role: KubeObject): string {
  return `${role.kind}/${role.metadata.name}`;
}

function roleRefKey(binding: KubeObject): string {
  return `${textAt(binding, 'roleRef.kind')}/${textAt(binding, 'roleRef.name')}`;
}

/** Asks the server whether this user may do something. */
export async function canI(
  api: ClusterApi,
  { verb, group, resource, namespace, name }: AccessQuestion,
): Promise<boolean> {
  const [plural = '', subresource] = resource.split('/');
  const resourceAttributes = { verb, group, resource: plural, subresource, namespace, name: name || undefined };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const review = await api.json<KubeObject>(path, { method: 'POST', body });
  return review.status?.allowed === true;
}

/** One rule of what this user may do in a namespace. */
export interface Right {
  readonly resources: string;
  readonly verbs: string;
  readonly names: string;
}

/** Returns what this user may do in a namespace. */
export async function myRights(api: ClusterApi, namespace: string): Promise<Right[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const review = await api.json<KubeObject>(path, { method: 'POST', body });
  const join = (value: unknown) => (Array.isArray(value) ? value.join(', ') : '');
  return listAt(review, 'status.resourceRules').map((rule) => ({
    resources: ((rule.resources as string[] | undefined) ?? [])
      .flatMap((resource) =>
        ((rule.apiGroups as string[] | undefined) ?? ['']).map((g) => (g === '' ? resource : `${resource}.${g}`)),
      )
      .join(', '),
    verbs: join(rule.verbs),
    names: join(rule.resourceNames),
  }));
}

/** Returns the name and groups of this user; empty if the server does not tell. */
export async function whoAmI(api: ClusterApi): Promise<{ username: string; groups: readonly string[] }> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const review = await api.json<KubeObject>(path, { method: 'POST', body }).catch(() => undefined);
  const groups = review === undefined ? [] : (((review.status?.userInfo as Fields)?.groups as string[]) ?? []);
  return { username: review === undefined ? '' : textAt(review, 'status.userInfo.username'), groups };
}
