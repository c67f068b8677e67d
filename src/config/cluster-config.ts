import type { CredentialSource } from './credentials.js';
import type { ProxySettings } from './proxy-settings.js';
import type { TlsSettings } from './tls-settings.js';

/** Everything needed to reach one cluster as one user. Holds nothing secret in the open: keys and tokens are behind methods. */
export interface ClusterConfig {
  /** `https://host:port`, perhaps with a path that every request is put under. */
  readonly server: string;
  /** All servers of the cluster, `server` first, where there are several. */
  readonly servers?: readonly string[] | undefined;
  /** The namespace of the context, of the pod, or `default`. */
  readonly namespace: string;
  /** Where this came from, for people: `context "dev" of /home/jane/.kube/config`. */
  readonly source: string;
  /** The name of the kubeconfig context, where there is one. */
  readonly context?: string | undefined;
  /** The name of the kubeconfig user, where there is one. */
  readonly user?: string | undefined;
  readonly tls?: TlsSettings | undefined;
  /** The proxy on the way, from the kubeconfig's `proxy-url` or the environment. */
  readonly proxy?: ProxySettings | undefined;
  /** True: answers are asked for without compression (`disable-compression`). */
  readonly disableCompression?: boolean | undefined;
  /** Absent: requests go out without credentials. */
  readonly credentials?: CredentialSource | undefined;
  /** The user to act as, from the kubeconfig's user (`as`, `as-uid`, `as-groups`, `as-user-extra`). */
  readonly impersonate?: Impersonation | undefined;
}

/** The user to act as. The real user needs the right to `impersonate`. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Further facts about the user, such as scopes, as authenticators give them. */
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}
