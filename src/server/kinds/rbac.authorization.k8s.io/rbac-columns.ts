import type { RoleBinding } from '../../../../generated/rbac.authorization.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const binding = columnsFor<RoleBinding>();

/** Subjects of one kind, by name; service accounts with their namespace. */
const subjects = (wanted: string) => (object: RoleBinding) =>
  (object.subjects ?? [])
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace, name }) => (wanted === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');

const bindingColumns: readonly Column[] = [
  nameColumn,
  binding.text('Role', 'What is granted.', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  binding.wide('Users', 'Users it is granted to.', subjects('User')),
  binding.wide('Groups', 'Groups it is granted to.', subjects('Group')),
  binding.wide('ServiceAccounts', 'Service accounts it is granted to.', subjects('ServiceAccount')),
];

/** The columns of the kinds of the group, by `group/Kind`. */
export const rbacColumns: { readonly [kind: string]: readonly Column[] } = {
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingColumns,
  'rbac.authorization.k8s.io/RoleBinding': bindingColumns,
};
