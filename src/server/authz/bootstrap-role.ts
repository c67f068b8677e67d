import type { PolicyRule } from '../object/authorization.js';

/** A role that every cluster has from the start. */
export interface BootstrapRole {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  /** Undefined for a role that is made of others: those with this label. */
  readonly rules?: readonly PolicyRule[];
  readonly aggregates?: string;
}

/** A binding that every cluster has from the start. */
export interface BootstrapBinding {
  readonly name: string;
  readonly namespace?: string;
  readonly role: string;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** As `namespace/name`. */
  readonly accounts?: readonly string[];
}

/** A rule about resources: `rule('get list', 'apps', 'deployments replicasets')`; the core group is `core`. */
export function rule(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const words = (text: string): string[] => text.split(' ').sort();
  return {
    verbs: words(verbs),
    apiGroups: words(groups)
      .map((group) => (group === 'core' ? '' : group))
      .sort(),
    resources: words(resources),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  };
}

/** Returns the rule that allows reading paths outside resources. */
export function urls(...nonResourceURLs: string[]): PolicyRule {
  return { verbs: ['get'], nonResourceURLs };
}

/** The verbs of a user who may only read. */
export const read = 'get list watch';

/** Leave to tell what happens. */
export const events = rule('create update patch', 'core events.k8s.io', 'events');
