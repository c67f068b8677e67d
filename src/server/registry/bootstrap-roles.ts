import { clusterRoleBindings, clusterRoles, namespaceRoleBindings, namespaceRoles } from '../authz/bootstrap-policy.js';
import { type BootstrapContent, type BootstrapObject, bootstrapObject } from './bootstrap-objects.js';

const group = 'rbac.authorization.k8s.io';

let objects: readonly BootstrapObject[] | undefined;

/** The roles and bindings that every cluster has. */
export function roleObjects(): readonly BootstrapObject[] {
  objects ??= [...roles(), ...bindings()];
  return objects;
}

function roles(): BootstrapObject[] {
  return [...clusterRoles, ...namespaceRoles].map(({ aggregates, rules = null, ...role }) => {
    const labels = { [`${group}/aggregate-to-${aggregates}`]: 'true' };
    const made =
      aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] } };
    return object(role.namespace === undefined ? 'clusterroles' : 'roles', { ...role, fields: { rules, ...made } });
  });
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
    return object(namespace === undefined ? 'clusterrolebindings' : 'rolebindings', { name, namespace, fields });
  });
}

function object(plural: string, { labels, ...content }: BootstrapContent): BootstrapObject {
  return bootstrapObject(`/registry/${group}/${plural}/`, {
    ...content,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  });
}
