/** An authenticated user. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}

/** The user of the insecure port, named as kube-apiserver named it. */
export const unsecuredUser: UserInfo = {
  username: 'system:unsecured',
  groups: ['system:masters', 'system:authenticated'],
};

/** The user of requests without credentials. */
export const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
