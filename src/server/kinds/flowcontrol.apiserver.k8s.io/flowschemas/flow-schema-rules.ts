import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

/** The kinds of subjects, each with the field that describes it. */
const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
type SubjectKind = keyof typeof subjectFields;

/** The order in which kube-apiserver forbids the fields of other kinds. */
const subjectKinds: readonly SubjectKind[] = ['ServiceAccount', 'User', 'Group'];

/** Checks one rule of a FlowSchema: whose requests, and which of them. */
export function flowRuleProblems(rule: JsonObject, path: string): FieldError[] {
  const [subjects, resources, urls] = [rule.subjects, rule.resourceRules, rule.nonResourceRules].map(objectsOf);
  const errors = (subjects ?? []).flatMap((subject, index) => subjectProblems(subject, `${path}.subjects[${index}]`));
  if (subjects?.length === 0) errors.push(required(`${path}.subjects`, 'subjects must contain at least one value'));
  if (resources?.length === 0 && urls?.length === 0)
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  for (const [index, one] of (resources ?? []).entries())
    errors.push(...resourceRuleProblems(one, `${path}.resourceRules[${index}]`));
  for (const [index, one] of (urls ?? []).entries())
    errors.push(...urlRuleProblems(one, `${path}.nonResourceRules[${index}]`));
  return errors;
}

function subjectProblems(subject: JsonObject, path: string): FieldError[] {
  const kind = textOf(subject.kind);
  if (!isSubjectKind(kind)) return [notSupported(`${path}.kind`, kind, Object.keys(subjectFields))];
  const field = subjectFields[kind];
  const at = `${path}.${field}`;
  const errors =
    subject[field] === undefined
      ? [required(at, `${field} is required when subject kind is '${kind}'`)]
      : kind === 'ServiceAccount'
        ? accountProblems(fieldsOf(subject[field]), at)
        : nameProblems(fieldsOf(subject[field]), at);
  for (const other of subjectKinds) {
    const name = subjectFields[other];
    if (other !== kind && subject[name] !== undefined)
      errors.push(forbiddenField(`${path}.${name}`, `${name} is forbidden when subject kind is not '${other}'`));
  }
  return errors;
}

function isSubjectKind(kind: string): kind is SubjectKind {
  return Object.hasOwn(subjectFields, kind);
}

function nameProblems({ name }: JsonObject, path: string): FieldError[] {
  return textOf(name) === '' ? [required(`${path}.name`)] : [];
}

function accountProblems(account: JsonObject, path: string): FieldError[] {
  const [name, namespace] = [textOf(account.name), textOf(account.namespace)];
  const errors = nameProblems(account, path);
  if (name !== '' && name !== '*')
    errors.push(...dns1123SubdomainProblems(name).map((why) => invalidValue(`${path}.name`, name, why)));
  const at = `${path}.namespace`;
  if (namespace === '') return [...errors, required(at, 'must specify namespace for service account')];
  return [...errors, ...dns1123LabelProblems(namespace).map((why) => invalidValue(at, namespace, why))];
}

function verbProblems(given: unknown, path: string): FieldError[] {
  const list = listOf(given).map(textOf);
  const at = `${path}.verbs`;
  if (list.length === 0) return [required(at, 'verbs must contain at least one value')];
  if (list.includes('*')) return list.length > 1 ? [onlyWildcard(at, list, 'verbs')] : [];
  return list.every((verb) => verbs.includes(verb)) ? [] : [notSupported(at, list, verbs)];
}

function onlyWildcard(field: string, list: readonly string[], what: string): FieldError {
  return invalidValue(field, list, `if '*' is present, must not specify other ${what}`);
}

function resourceRuleProblems(rule: JsonObject, path: string): FieldError[] {
  const errors = verbProblems(rule.verbs, path);
  const lists = { apiGroups: ['api group', 'api groups'], resources: ['resource', 'resources'] } as const;
  for (const [field, [one, many]] of Object.entries(lists)) {
    const list = listOf(rule[field]).map(textOf);
    const at = `${path}.${field}`;
    if (list.length === 0) errors.push(required(at, `resource rules must supply at least one ${one}`));
    else if (list.length > 1 && list.includes('*')) errors.push(onlyWildcard(at, list, many));
  }
  return [...errors, ...namespaceProblems(rule, `${path}.namespaces`)];
}

function namespaceProblems(rule: JsonObject, at: string): FieldError[] {
  const list = listOf(rule.namespaces).map(textOf);
  if (list.length === 0 && rule.clusterScope !== true) {
    const why = 'resource rules that are not cluster scoped must supply at least one namespace';
    return [required(at, why)];
  }
  if (list.includes('*')) return list.length > 1 ? [onlyWildcard(at, list, 'namespaces')] : [];
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return list.flatMap((name, index) =>
    dns1123LabelProblems(name).map((why) => invalidValue(`${at}[${index}]`, name, intro + why)),
  );
}

function urlRuleProblems(rule: JsonObject, path: string): FieldError[] {
  const errors = verbProblems(rule.verbs, path);
  const list = listOf(rule.nonResourceURLs).map(textOf);
  const at = `${path}.nonResourceURLs`;
  if (list.length === 0) return [...errors, required(at, 'nonResourceURLs must contain at least one value')];
  if (list.includes('*')) return list.length > 1 ? [...errors, onlyWildcard(at, list, 'non-resource URLs')] : errors;
  return [
    ...errors,
    ...list.flatMap((url, index) => {
      const fault = urlFault(url);
      return fault === undefined ? [] : [invalidValue(`${at}[${index}]`, url, fault)];
    }),
  ];
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}
