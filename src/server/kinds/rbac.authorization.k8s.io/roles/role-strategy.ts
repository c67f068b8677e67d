import { dns1123SubdomainProblems, pathSegmentNameProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal } from '../../../../util/json-value.js';
import { checkBinding, checkRole } from '../../../authz/escalation.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { setDefault } from '../../../object/set-default.js';
import { isSelectable, labelSelectorProblems } from '../../../validation/label-selector-problems.js';
import { pathSegmentName } from '../../../validation/meta-problems.js';

const group = 'rbac.authorization.k8s.io';

/** Roles and ClusterRoles: each rule says what may be done, and to what. */
export const roles: Strategy = {
  name: pathSegmentName,
  createOnUpdate: true,
  prepareForCreate: (role, request) => checkRole(request, role, undefined),
  prepareForUpdate: (role, old, request) => checkRole(request, role, old),
  validate: ({ rules, metadata, aggregationRule }) => [
    ...objectsOf(rules).flatMap((rule, index) => {
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
    ...(aggregationRule === undefined ? [] : aggregationProblems(fieldsOf(aggregationRule).clusterRoleSelectors)),
  ],
};

/** Roles that are made of others say by their labels of which; what no selector can be is told once more of the whole. */
function aggregationProblems(selectors: unknown): FieldError[] {
  const at = 'aggregationRule.clusterRoleSelectors';
  if (listOf(selectors).length === 0)
    return [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return objectsOf(selectors).flatMap((selector, index) => {
    const errors = labelSelectorProblems(selector, `${at}[${index}]`);
    // kube-apiserver quotes the selector that it could not make.
    return isSelectable(selector)
      ? errors
      : [...errors, invalidValue(`${at}[${index}]`, null, 'invalid label selector.')];
  });
}

/** RoleBindings and ClusterRoleBindings: the role they grant is settled when they are made. */
export const roleBindings: Strategy = {
  name: pathSegmentName,
  schemaChecked: false,
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
    const { apiGroup, kind, name } = fieldsOf(binding.roleRef);
    const kinds = (binding.metadata.namespace ?? '') === '' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
    const errors: FieldError[] = [];
    if (textOf(apiGroup) !== group) errors.push(notSupported('roleRef.apiGroup', textOf(apiGroup), [group]));
    if (!kinds.includes(textOf(kind))) errors.push(notSupported('roleRef.kind', textOf(kind), kinds));
    errors.push(...roleNameProblems(name));
    const inNamespace = (binding.metadata.namespace ?? '') !== '';
    const subjects = objectsOf(binding.subjects).flatMap((subject, index) =>
      subjectProblems(subject, `subjects[${index}]`, inNamespace),
    );
    return [...errors, ...subjects];
  },
  validateUpdate: ({ roleRef }, old) => {
    if (equal(roleRef, old.roleRef)) return [];
    const { apiGroup, kind, name } = fieldsOf(roleRef);
    return [invalidValue('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')];
  },
};

function roleNameProblems(name: unknown): FieldError[] {
  const text = textOf(name);
  if (text === '') return [required('roleRef.name')];
  return pathSegmentNameProblems(text).map((why) => invalidValue('roleRef.name', text, why));
}

function subjectProblems(subject: { [field: string]: unknown }, at: string, inNamespace: boolean): FieldError[] {
  const [kind, apiGroup, name] = [textOf(subject.kind), textOf(subject.apiGroup), textOf(subject.name)];
  const errors: FieldError[] = name === '' ? [required(`${at}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '')
        errors.push(...dns1123SubdomainProblems(name).map((why) => invalidValue(`${at}.name`, name, why)));
      if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!inNamespace && textOf(subject.namespace) === '') errors.push(required(`${at}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      return apiGroup === group ? errors : [...errors, notSupported(`${at}.apiGroup`, apiGroup, [group])];
    default:
      return [...errors, notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}
