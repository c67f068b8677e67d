/** An authenticated user. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}

/** A user that a request asks to act for. Parts that it does not name are empty. */
export interface WantedUser {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** The user of the insecure port, named as kube-apiserver named it. */
export const unsecuredUser: UserInfo = {
  username: 'system:unsecured',
  groups: ['system:masters', 'system:authenticated'],
};

/** The user of requests without credentials. */
export const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
