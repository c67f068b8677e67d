import type { Authorizer, PolicyRule } from '../object/authorization.js';

/** Members of this group may do everything, whatever the roles say. */
export const masters = 'system:masters';

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** kube-apiserver's AlwaysAllow. */
const alwaysAllow: Authorizer = {
  authorize: () => Promise.resolve({ allowed: true }),
  rulesFor: () => Promise.resolve({ rules: [...everything], errors: [] }),
};

/** kube-apiserver's AlwaysDeny. */
const alwaysDeny: Authorizer = {
  authorize: () => Promise.resolve({ allowed: false, reason: 'Everything is forbidden.' }),
  rulesFor: () => Promise.resolve({ rules: [], errors: [] }),
};

/** The authorizers, by the names of kube-apiserver's `--authorization-mode`. */
export type AuthorizationMode = 'Node' | 'RBAC' | 'ABAC' | 'AlwaysAllow' | 'AlwaysDeny';

/** The names `--authorization-mode` can have here. */
export const authorizationModes: readonly AuthorizationMode[] = ['Node', 'RBAC', 'ABAC', 'AlwaysAllow', 'AlwaysDeny'];

/** The authorizers that need something of the server. */
export interface OwnAuthorizers {
  readonly Node: Authorizer;
  readonly RBAC: Authorizer;
  /** Undefined without a policy file. */
  readonly ABAC: Authorizer | undefined;
}

/**
 * Returns an authorizer that asks those of the modes one after the other. The first that allows a request decides, and what none allows is
 * forbidden. Throws for the mode ABAC without a policy file, and for a policy file without that mode.
 */
export function authorizerOf(modes: readonly AuthorizationMode[], own: OwnAuthorizers): Authorizer {
  if (own.ABAC !== undefined && !modes.includes('ABAC'))
    throw new Error('cannot specify --authorization-policy-file without mode ABAC');
  const all = modes.map((mode): Authorizer => {
    if (mode === 'AlwaysAllow') return alwaysAllow;
    if (mode === 'AlwaysDeny') return alwaysDeny;
    const found = own[mode];
    if (found === undefined) throw new Error("authorization-mode ABAC's authorization policy file not passed");
    return found;
  });
  return {
    authorize: async (attributes) => {
      const reasons: string[] = [];
      for (const one of all) {
        const decision = await one.authorize(attributes);
        if (decision.allowed) return decision;
        if (decision.reason !== undefined && decision.reason !== '') reasons.push(decision.reason);
      }
      return { allowed: false, ...(reasons.length > 0 ? { reason: reasons.join('\n') } : {}) };
    },
    rulesFor: async (user, namespace) => {
      const found = await Promise.all(all.map((one) => one.rulesFor(user, namespace)));
      return { rules: found.flatMap(({ rules }) => rules), errors: found.flatMap(({ errors }) => errors) };
    },
  };
}

/** Everything for the members of `system:masters`; the rest asks another. */
export function mastersFirst(next: Authorizer): Authorizer {
  return {
    authorize: (attributes) =>
      attributes.user.groups.includes(masters) ? Promise.resolve({ allowed: true }) : next.authorize(attributes),
    rulesFor: async (user, namespace) => next.rulesFor(user, namespace),
  };
}
