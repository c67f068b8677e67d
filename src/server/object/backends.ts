import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';

/** Opens a connection to a host, which is a name or an address. Rejects with the error of the network. */
export type Dial = (to: { readonly host: string; readonly port: number }, signal: AbortSignal) => Promise<Duplex>;

/** Returns the addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The network that leads to nodes, pods and services. */
export interface Backends {
  readonly dial: Dial;
  readonly lookup: Lookup;
  readonly kubelet: KubeletClient;
  /** Returns how the server speaks TLS with kubelets. `insecure` skips the verification. */
  readonly kubeletTls: (insecure: boolean) => BackendTls;
}

/** The TLS settings of a backend. */
export interface BackendTls {
  /** The authorities to believe, and the certificate to show. Default: the system's authorities, and none. */
  readonly secureContext?: SecureContext | undefined;
  readonly rejectUnauthorized: boolean;
}

/** Settings for connections to kubelets. */
export interface KubeletClient {
  /** The types of node addresses to try, the preferred one first. */
  readonly preferredAddressTypes: readonly string[];
  /** The time to connect, TLS handshake included, in milliseconds. */
  readonly timeoutMs: number;
  /** The authorities of kubelets, in PEM. Undefined: the certificates of kubelets are not verified, as in kube-apiserver. */
  readonly certificateAuthority?: string | undefined;
  /** The client certificate and its key, in PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
}
