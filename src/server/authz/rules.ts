import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { Attributes, PolicyRule } from '../object/authorization.js';

/** The rules in the field of a stored object. */
export function rulesOf(rules: unknown): PolicyRule[] {
  const texts = (value: unknown): string[] | undefined =>
    listOf(value).length === 0 ? undefined : listOf(value).map(textOf);
  return objectsOf(rules).map((rule) => {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = fieldsOf(rule);
    return {
      verbs: texts(verbs) ?? [],
      apiGroups: texts(apiGroups),
      resources: texts(resources),
      resourceNames: texts(resourceNames),
      nonResourceURLs: texts(nonResourceURLs),
    };
  });
}

/** Reports whether a rule allows a request. */
export function allows(rule: PolicyRule, { verb, resource, path }: Attributes): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (resource === undefined) return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, path));
  const { group, subresource, name } = resource;
  return (
    has(rule.apiGroups, group) &&
    resourceMatches(rule.resources ?? [], resource.resource, subresource) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(name))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some((one) => one === '*' || one === whole || (subresource !== '' && one === `*/${subresource}`));
}

function urlMatches(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}

/**
 * Returns the rights that a user with the `owned` rules would gain by the `wanted` ones, as few rules as possible. Each is in the form
 * that messages show.
 */
export function missingRights(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): string[] {
  const missing = wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => covers(rule, atom)));
  const compact = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const atom of missing) {
    const { verbs, ...rest } = atom;
    const key = atom.nonResourceURLs === undefined ? JSON.stringify(rest) : JSON.stringify(atom);
    const known = compact.get(key);
    if (known === undefined) compact.set(key, { rule: atom, verbs: [...verbs] });
    else known.verbs.push(...verbs);
  }
  return [...new Set([...compact.values()].map(({ rule, verbs }) => ruleText({ ...rule, verbs })))].sort();
}

/** A rule as rules about one thing and one verb each. */
function atoms(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames?.map((name) => [name]) ?? [undefined];
  return rule.verbs.flatMap((verb) => [
    ...(rule.apiGroups ?? []).flatMap((group) =>
      (rule.resources ?? []).flatMap((resource) =>
        names.map((resourceNames) => ({ verbs: [verb], apiGroups: [group], resources: [resource], resourceNames })),
      ),
    ),
    ...(rule.nonResourceURLs ?? []).map((url) => ({ verbs: [verb], nonResourceURLs: [url] })),
  ]);
}

function covers(owner: PolicyRule, atom: PolicyRule): boolean {
  if (!(owner.verbs.includes('*') || atom.verbs.every((verb) => owner.verbs.includes(verb)))) return false;
  if (atom.nonResourceURLs !== undefined) {
    const [url = ''] = atom.nonResourceURLs;
    return (owner.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, url));
  }
  const [group = ''] = atom.apiGroups ?? [];
  const [resource = ''] = atom.resources ?? [];
  const sub = resource.split('/')[1];
  const groups = owner.apiGroups ?? [];
  return (
    (groups.includes('*') || groups.includes(group)) &&
    (owner.resources ?? []).some(
      (one) => one === '*' || one === resource || (sub !== undefined && one === `*/${sub}`),
    ) &&
    (owner.resourceNames === undefined ||
      (atom.resourceNames?.every((name) => owner.resourceNames?.includes(name)) ?? false))
  );
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
function ruleText(rule: PolicyRule): string {
  const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  const shown = parts.flatMap(([name, values]) =>
    values === undefined || values.length === 0 ? [] : [`${name}:${list(values)}`],
  );
  return `{${shown.join(', ')}}`;
}
