import type { Attributes, ResourceAttributes } from '../object/authorization.js';

/** The parts of a request that are recorded: each level includes the ones before it. */
export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof auditLevels)[number];

/** The moments of a request that are recorded. `ResponseStarted` is for long-running requests, `Panic` for unexpected errors. */
export const auditStages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type AuditStage = (typeof auditStages)[number];

/** Which requests are recorded, and how much of them: the Policy of `audit.k8s.io/v1`. The first rule that matches decides. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[] | undefined;
  readonly omitManagedFields?: boolean | undefined;
}

/** A rule of an audit policy. A list that is absent or empty matches everything. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[] | undefined;
  readonly userGroups?: readonly string[] | undefined;
  readonly verbs?: readonly string[] | undefined;
  readonly resources?: readonly AuditResources[] | undefined;
  /** The empty string stands for resources without a namespace. */
  readonly namespaces?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
  readonly omitStages?: readonly AuditStage[] | undefined;
  readonly omitManagedFields?: boolean | undefined;
}

/** Resources of an API group, such as `pods`, `pods/log`, `pods/*`, `*\/scale` or `*`. */
export interface AuditResources {
  /** Default: the core group. `*` stands for all groups. */
  readonly group?: string | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
}

/** The parts and stages of one request that are recorded. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

/** Returns whether `level` includes what `wanted` records. */
export function includesLevel(level: AuditLevel, wanted: AuditLevel): boolean {
  return auditLevels.indexOf(level) >= auditLevels.indexOf(wanted);
}

/** Finds the first rule that matches a request. Requests without a rule are not recorded. */
export function auditDecision(policy: AuditPolicy, attributes: Attributes): AuditDecision {
  const rule = policy.rules.find((one) => matches(one, attributes));
  return {
    level: rule?.level ?? 'None',
    omitStages: [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])],
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function matches(rule: AuditRule, { user, verb, resource, path }: Attributes): boolean {
  const { users = [], userGroups = [], verbs = [], resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(user.username)) return false;
  if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) {
    if (resource === undefined) return false;
    if (namespaces.length > 0 && !namespaces.includes(resource.namespace)) return false;
    return resources.length === 0 || resources.some((one) => matchesResource(one, resource));
  }
  if (nonResourceURLs.length === 0) return true;
  return resource === undefined && nonResourceURLs.some((pattern) => matchesPath(pattern, path));
}

function matchesResource(
  { group = '', resources = [], resourceNames = [] }: AuditResources,
  asked: ResourceAttributes,
): boolean {
  if (group !== '*' && group !== asked.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false;
  const { resource, subresource } = asked;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const accepted = ['*', whole, `${resource}/*`, ...(subresource === '' ? [] : [`*/${subresource}`])];
  return resources.some((pattern) => accepted.includes(pattern));
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''));
}
