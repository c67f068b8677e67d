import type { ServedResource } from '../scheme/resource.js';
import { type NameRule, pathSegmentName, subdomainName } from '../validation/object-meta.js';
import { namespaces } from './namespaces.js';
import type { Strategy } from './strategy.js';

/** Strategies by `group/plural`: one entry per kind that needs more than its facts. */
const strategies: { readonly [resource: string]: Strategy } = {
  '/namespaces': namespaces,
};

const none: Strategy = {};
const rbac: Strategy = { name: pathSegmentName, createOnUpdate: true };

/** The strategy of a resource. */
export function strategyOf(resource: ServedResource): Strategy {
  const id = `${resource.group}/${resource.plural}`;
  if (Object.hasOwn(strategies, id)) return strategies[id] ?? none;
  return resource.group === 'rbac.authorization.k8s.io' ? rbac : none;
}

/** The names a resource's objects may have. */
export function nameRuleOf(resource: ServedResource): NameRule {
  return strategyOf(resource).name ?? subdomainName;
}

/** Whether `metadata.generation` counts changes of a resource's desired state. */
export function countsGenerations(resource: ServedResource): boolean {
  return strategyOf(resource).generation ?? resource.hasStatus;
}
