import type { UserInfo, WantedUser } from './user.js';

/** One rule of a Role. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

/** The attributes of a request that authorization decides on. */
export interface Attributes {
  readonly user: UserInfo;
  /** `get`, `list`, …; the method in lower case for a path that is not a resource. */
  readonly verb: string;
  /** Undefined for a path that is not a resource. */
  readonly resource?: ResourceAttributes | undefined;
  readonly path: string;
}

/** The resource that a request names. Parts that it does not name are empty. */
export interface ResourceAttributes {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a list, watch or deletion of a collection. */
  readonly fieldSelector?: string;
}

/** An authorizer's decision. A request that no authorizer allows is forbidden. */
export interface Decision {
  readonly allowed: boolean;
  /** The grant that allows it, or the error that kept the authorizer from deciding. */
  readonly reason?: string | undefined;
}

/** Decides whether a user may make a request. */
export interface Authorizer {
  authorize(attributes: Attributes): Promise<Decision>;
  /** Returns a user's rules in a namespace (empty: cluster-wide), and the errors met while resolving them. */
  rulesFor(user: UserInfo, namespace: string): Promise<{ rules: PolicyRule[]; errors: string[] }>;
}

/** Decides whether a request may act for another user. */
export interface Impersonation {
  /** Returns the user that the request acts for. `attributes` are those of the request and its own user. Throws the 403 Status. */
  impersonate(wanted: WantedUser, attributes: Attributes): Promise<ImpersonatedUser>;
}

/** A user that a request acts for. */
export interface ImpersonatedUser {
  readonly user: UserInfo;
  /** The verb that allowed it, such as `impersonate:user-info`. Undefined for the verb `impersonate`. */
  readonly constraint: string | undefined;
}
