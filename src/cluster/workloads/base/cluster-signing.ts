import type { CertificatePair } from '../../../x509/certificate.js';

/** The names of the signers of Kubernetes. */
export type SignerName =
  | 'kubernetes.io/kubelet-serving'
  | 'kubernetes.io/kube-apiserver-client-kubelet'
  | 'kubernetes.io/kube-apiserver-client'
  | 'kubernetes.io/legacy-unknown';

/** The keys with which requests for certificates are signed. */
export interface ClusterSigning {
  /** The authority of each signer: its certificate and key, in PEM. Requests for others stay unsigned. */
  readonly authorities: { readonly [signer in SignerName]?: CertificatePair };
  /** The longest life of a certificate, in milliseconds. Default: a year. */
  readonly durationMs?: number | undefined;
}
