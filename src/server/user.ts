/** Who asks, as authentication found out. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}

/** Whoever comes through the insecure port, in kube-apiserver's words of old. */
export const unsecuredUser: UserInfo = {
  username: 'system:unsecured',
  groups: ['system:masters', 'system:authenticated'],
};

/** Whoever shows no credentials. */
export const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
