import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { readYaml } from '../http/yaml.js';
import {
  type AuditPolicy,
  type AuditResources,
  type AuditRule,
  type AuditStage,
  auditLevels,
  auditStages,
} from './audit-policy.js';

/** An audit policy, and the fields of its file that have no effect. */
export interface ReadPolicy {
  readonly policy: AuditPolicy;
  readonly warnings: readonly string[];
}

const policyFields = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];
const resourceFields = ['group', 'resources', 'resourceNames'];

/**
 * Reads a policy file in YAML or JSON. Rejects with an `Error` that names `path` and every field that is wrong. Unknown fields are
 * warnings, as in kube-apiserver.
 */
export async function readAuditPolicy(text: string, path: string): Promise<ReadPolicy> {
  const reader = new PolicyReader();
  let policy: AuditPolicy;
  try {
    const { value, duplicates } = await readYaml(text);
    reader.warnings.push(...duplicates);
    policy = reader.policy(fieldsOf(value));
  } catch (error) {
    throw new Error(`cannot read the audit policy ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (reader.errors.length > 0) throw new Error(`cannot read the audit policy ${path}: ${reader.errors.join(', ')}`);
  return { policy, warnings: reader.warnings.map((warning) => `audit policy ${path}: ${warning}`) };
}

class PolicyReader {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  policy(file: JsonObject): AuditPolicy {
    const { apiVersion, kind } = file;
    if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy')
      throw new Error(`it is ${quote(kind)} of ${quote(apiVersion)}, not a Policy of audit.k8s.io/v1`);
    this.#unknown(file, policyFields, '');
    const rules = objectsOf(file.rules).map((rule, index) => this.#rule(rule, `rules[${index}]`));
    if (rules.length === 0) throw new Error('it has no rules');
    return {
      rules,
      omitStages: this.#stages(file.omitStages, 'omitStages'),
      omitManagedFields: this.#bool(file.omitManagedFields, 'omitManagedFields'),
    };
  }

  #rule(rule: JsonObject, path: string): AuditRule {
    this.#unknown(rule, ruleFields, `${path}.`);
    const level = auditLevels.find((one) => one === rule.level);
    if (rule.level === undefined) this.errors.push(`${path}.level: Required value`);
    else if (level === undefined) {
      const supported = auditLevels.map((one) => quote(one)).join(', ');
      this.errors.push(`${path}.level: Unsupported value: ${quote(rule.level)}: supported values: ${supported}`);
    }
    const urls = this.#texts(rule.nonResourceURLs, `${path}.nonResourceURLs`);
    for (const [index, url] of urls.entries()) this.#url(url, `${path}.nonResourceURLs[${index}]`);
    const resources = objectsOf(rule.resources).map((one) => this.#resources(one, `${path}.resources`));
    const namespaces = this.#texts(rule.namespaces, `${path}.namespaces`);
    if (urls.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      this.errors.push(`${path}.nonResourceURLs: Invalid value: ${JSON.stringify(urls)}: ${why}`);
    }
    return {
      level: level ?? 'None',
      users: this.#texts(rule.users, `${path}.users`),
      userGroups: this.#texts(rule.userGroups, `${path}.userGroups`),
      verbs: this.#texts(rule.verbs, `${path}.verbs`),
      resources,
      namespaces,
      nonResourceURLs: urls,
      omitStages: this.#stages(rule.omitStages, `${path}.omitStages`),
      omitManagedFields: this.#bool(rule.omitManagedFields, `${path}.omitManagedFields`),
    };
  }

  #resources(entry: JsonObject, path: string): AuditResources {
    this.#unknown(entry, resourceFields, `${path}.`);
    const group = textOf(entry.group);
    if (
      group !== '' &&
      group !== '*' &&
      !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(group)
    )
      this.errors.push(`${path}.group: Invalid value: ${quote(group)}: an API group is a lowercase DNS subdomain`);
    const resources = this.#texts(entry.resources, `${path}.resources`);
    const resourceNames = this.#texts(entry.resourceNames, `${path}.resourceNames`);
    if (resourceNames.length > 0 && resources.length === 0) {
      const why = 'using resourceNames requires at least one resource';
      this.errors.push(`${path}.resourceNames: Invalid value: ${JSON.stringify(resourceNames)}: ${why}`);
    }
    return { group, resources, resourceNames };
  }

  #url(url: string, path: string): void {
    if (url === '*') return;
    if (!url.startsWith('/'))
      this.errors.push(`${path}: Invalid value: ${quote(url)}: non-resource URL rules must begin with a '/' character`);
    if (url.slice(0, -1).includes('*')) {
      const why = "non-resource URL wildcards '*' must be the final character of the rule";
      this.errors.push(`${path}: Invalid value: ${quote(url)}: ${why}`);
    }
  }

  #stages(value: unknown, path: string): AuditStage[] {
    return this.#texts(value, path).flatMap((text, index) => {
      const stage = auditStages.find((one) => one === text);
      if (stage !== undefined) return [stage];
      this.errors.push(`${path}[${index}]: Invalid value: ${quote(text)}: allowed stages are ${auditStages.join(',')}`);
      return [];
    });
  }

  #texts(value: unknown, path: string): string[] {
    if (value === undefined || value === null) return [];
    const texts = listOf(value).filter((item) => typeof item === 'string');
    if (!Array.isArray(value) || texts.length !== value.length) this.errors.push(`${path}: expected a list of strings`);
    return texts;
  }

  #bool(value: unknown, path: string): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value;
    this.errors.push(`${path}: expected true or false`);
    return undefined;
  }

  #unknown(object: JsonObject, known: readonly string[], prefix: string): void {
    for (const field of Object.keys(object)) {
      if (!known.includes(field)) this.warnings.push(`unknown field ${quote(`${prefix}${field}`)}`);
    }
  }
}

function quote(value: unknown): string {
  return JSON.stringify(value ?? '');
}
