/** The server that was asked, and as whom. Holds nothing secret. */
export interface Destination {
  /** The address, such as `https://10.0.0.1:6443`. */
  readonly server: string;
  /** The name of the kubeconfig user. */
  readonly user?: string | undefined;
  /** The user that requests impersonate. */
  readonly impersonated?: string | undefined;
  /** Where the address and the user were found, such as `context "dev" of /home/jane/.kube/config`. */
  readonly source?: string | undefined;
}

/** Describes a destination in one line: `server https://10.0.0.1:6443, user "jane", context "dev" of /home/jane/.kube/config`. */
export function describeDestination({ server, user, impersonated, source }: Destination): string {
  const parts = [
    `server ${server}`,
    user === undefined ? undefined : `user ${JSON.stringify(user)}`,
    impersonated === undefined ? undefined : `impersonating ${JSON.stringify(impersonated)}`,
    source,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
