import type { UserInfo } from '../user.js';
import type { Attributes } from './attributes.js';
import type { PolicyRule } from './rules.js';

/** An authorizer's answer. What it does not allow is forbidden. */
export interface Decision {
  readonly allowed: boolean;
  /** Which grant allows it, or what went wrong on the way to an answer. */
  readonly reason?: string | undefined;
}

/** Who may do what. */
export interface Authorizer {
  authorize(attributes: Attributes): Promise<Decision>;
  /** All that somebody may do in a namespace (empty: in the whole cluster), and what went wrong in finding out. */
  rulesFor(user: UserInfo, namespace: string): Promise<{ rules: PolicyRule[]; errors: string[] }>;
}

/** Members of this group may do everything, whatever the roles say. */
export const masters = 'system:masters';

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** kube-apiserver's AlwaysAllow. */
export const alwaysAllow: Authorizer = {
  authorize: () => Promise.resolve({ allowed: true }),
  rulesFor: () => Promise.resolve({ rules: [...everything], errors: [] }),
};

/** Everything for the members of `system:masters`; the rest asks another. */
export function mastersFirst(next: Authorizer): Authorizer {
  return {
    authorize: (attributes) =>
      attributes.user.groups.includes(masters) ? Promise.resolve({ allowed: true }) : next.authorize(attributes),
    rulesFor: async (user, namespace) => next.rulesFor(user, namespace),
  };
}
