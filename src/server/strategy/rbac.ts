import { checkBinding, checkRole } from '../authz/escalation.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../fields.js';
import { equal } from '../patch/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../validation/field-error.js';
import { pathSegmentName } from '../validation/object-meta.js';
import { setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

const group = 'rbac.authorization.k8s.io';

/** Roles and ClusterRoles: each rule says what may be done, and to what. */
export const roles: Strategy = {
  name: pathSegmentName,
  createOnUpdate: true,
  prepareForCreate: (role, request) => checkRole(request, role, undefined),
  prepareForUpdate: (role, old, request) => checkRole(request, role, old),
  validate: ({ rules, metadata }) =>
    objectsOf(rules).flatMap((rule, index) => {
      const at = `rules[${index}]`;
      const urls = listOf(rule.nonResourceURLs);
      const errors: FieldError[] = [];
      if (listOf(rule.verbs).length === 0)
        errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
      if (urls.length > 0) {
        const why = 'namespaced rules cannot apply to non-resource URLs';
        if ((metadata.namespace ?? '') !== '') errors.push(invalidValue(`${at}.nonResourceURLs`, urls, why));
        if (listOf(rule.apiGroups).length + listOf(rule.resources).length + listOf(rule.resourceNames).length > 0) {
          const both = 'rules cannot apply to both regular resources and non-resource URLs';
          errors.push(invalidValue(`${at}.nonResourceURLs`, urls, both));
        }
        return errors;
      }
      if (listOf(rule.apiGroups).length === 0)
        errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
      if (listOf(rule.resources).length === 0)
        errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
      return errors;
    }),
};

/** RoleBindings and ClusterRoleBindings: the role they grant is settled when they are made. */
export const roleBindings: Strategy = {
  name: pathSegmentName,
  createOnUpdate: true,
  prepareForCreate: (binding, request) => checkBinding(request, binding, undefined),
  prepareForUpdate: (binding, old, request) => checkBinding(request, binding, old),
  defaults: (binding) => {
    // An empty group is one that is not given.
    if (textOf(fieldsOf(binding.roleRef).apiGroup) === '') fieldsOf(binding.roleRef).apiGroup = group;
    for (const subject of objectsOf(binding.subjects)) {
      if (subject.kind === 'User' || subject.kind === 'Group') setDefault(subject, 'apiGroup', group);
    }
  },
  validate: (binding) => {
    const { apiGroup, kind } = fieldsOf(binding.roleRef);
    const kinds = (binding.metadata.namespace ?? '') === '' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
    const errors: FieldError[] = [];
    if (textOf(apiGroup) !== group) errors.push(notSupported('roleRef.apiGroup', textOf(apiGroup), [group]));
    if (textOf(kind) !== '' && !kinds.includes(textOf(kind))) errors.push(notSupported('roleRef.kind', kind, kinds));
    return [...errors, ...objectsOf(binding.subjects).flatMap(subjectProblems)];
  },
  validateUpdate: ({ roleRef }, old) => {
    if (equal(roleRef, old.roleRef)) return [];
    const { apiGroup, kind, name } = fieldsOf(roleRef);
    return [invalidValue('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')];
  },
};

function subjectProblems(subject: { [field: string]: unknown }, index: number): FieldError[] {
  const at = `subjects[${index}]`;
  const [kind, apiGroup] = [textOf(subject.kind), textOf(subject.apiGroup)];
  switch (kind) {
    case 'ServiceAccount':
      return apiGroup === '' ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [''])];
    case 'User':
    case 'Group':
      return apiGroup === group ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [group])];
    default:
      return kind === '' ? [] : [notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}
