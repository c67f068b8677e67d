import { clusterRoleBindings, clusterRoles, namespaceRoleBindings, namespaceRoles } from '../authz/bootstrap-policy.js';
import type { BootstrapRole } from '../authz/bootstrap-role.js';
import type { PolicyRule } from '../object/authorization.js';
import { type BootstrapContent, type BootstrapObject, bootstrapObject, keys, leaves } from './bootstrap-objects.js';

const group = 'rbac.authorization.k8s.io';

const known = new Map<boolean, readonly BootstrapObject[]>();

/** The roles and bindings that every cluster has; with `aggregated`, roles that are made of others have the rules a controller gives them. */
export function roleObjects(aggregated: boolean): readonly BootstrapObject[] {
  const objects = known.get(aggregated) ?? [...roles(aggregated), ...bindings()];
  known.set(aggregated, objects);
  return objects;
}

function roles(aggregated: boolean): BootstrapObject[] {
  return [...clusterRoles, ...namespaceRoles].map((role) => {
    const { name, namespace, labels, aggregates, rules = null } = role;
    const fields =
      aggregates === undefined
        ? { rules }
        : {
            rules: aggregated ? rulesOf(role) : rules,
            aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [labelOf(aggregates)]: 'true' } }] },
          };
    const plural = namespace === undefined ? 'clusterroles' : 'roles';
    const owned = {
      ...(aggregates === undefined ? {} : { 'f:aggregationRule': keys('clusterRoleSelectors') }),
      'f:metadata': ownMetadata(labels),
      ...(aggregates === undefined ? leaves('f:rules') : {}),
    };
    const content = { name, namespace, owned: [{ fields: owned }], fields };
    return object(plural, labels === undefined ? content : { ...content, labels });
  });
}

const labelOf = (aggregates: string) => `${group}/aggregate-to-${aggregates}`;

/** The rules of a cluster role: its own, or those of the roles it is made of, by name, each rule once. */
function rulesOf({ aggregates, rules = [] }: BootstrapRole): readonly PolicyRule[] {
  if (aggregates === undefined) return rules;
  const parts = clusterRoles
    .filter(({ labels }) => labels?.[labelOf(aggregates)] === 'true')
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return [...new Map(parts.flatMap(rulesOf).map((rule) => [JSON.stringify(rule), rule])).values()];
}

function bindings(): BootstrapObject[] {
  return [...clusterRoleBindings, ...namespaceRoleBindings].map((binding) => {
    const { name, namespace, role, users = [], groups = [], accounts = [] } = binding;
    const subjects = [
      ...groups.map((subject) => ({ kind: 'Group', apiGroup: group, name: subject })),
      ...users.map((subject) => ({ kind: 'User', apiGroup: group, name: subject })),
      ...accounts.map((account) => ({
        kind: 'ServiceAccount',
        name: account.split('/')[1],
        namespace: account.split('/')[0],
      })),
    ];
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const fields = {
      ...(subjects.length === 0 ? {} : { subjects }),
      roleRef: { apiGroup: group, kind, name: role },
    };
    const owned = {
      'f:metadata': ownMetadata(),
      ...leaves(subjects.length === 0 ? 'f:roleRef' : 'f:roleRef f:subjects'),
    };
    const plural = namespace === undefined ? 'clusterrolebindings' : 'rolebindings';
    return object(plural, { name, namespace, owned: [{ fields: owned }], fields });
  });
}

const bootstrapping = 'kubernetes.io/bootstrapping';
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

function ownMetadata(labels: { readonly [key: string]: string } = {}) {
  return { 'f:annotations': keys(autoupdate), 'f:labels': keys(bootstrapping, ...Object.keys(labels)) };
}

function object(plural: string, { labels, ...content }: BootstrapContent): BootstrapObject {
  return bootstrapObject(group, plural, {
    ...content,
    labels: { [bootstrapping]: 'rbac-defaults', ...labels },
    annotations: { [autoupdate]: 'true' },
  });
}
