// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Resource, Subresource, Time } from '../../src/meta/index.js';

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#certificatesigningrequest-v1-certificates-k8s-io
 */
export interface CertificateSigningRequest {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: CertificateSigningRequestSpec;
  status?: CertificateSigningRequestStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#certificatesigningrequest-v1-certificates-k8s-io
 */
export const CertificateSigningRequest: Resource<CertificateSigningRequest, 'Cluster', CertificateSigningRequestSubresources> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    approval: { kind: 'certificates.k8s.io/v1/CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'certificates.k8s.io/v1/CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link CertificateSigningRequest} that take an object or carry bytes. */
export interface CertificateSigningRequestSubresources {
  approval: Subresource<CertificateSigningRequest, 'get' | 'patch' | 'update'>;
  status: Subresource<CertificateSigningRequest, 'get' | 'patch' | 'update'>;
}

export interface CertificateSigningRequestCondition {
  lastTransitionTime?: Time | undefined;
  lastUpdateTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface CertificateSigningRequestList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: CertificateSigningRequest[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface CertificateSigningRequestSpec {
  expirationSeconds?: number | undefined;
  extra?: { [key: string]: string[] } | undefined;
  groups?: string[] | undefined;
  request: string;
  signerName: string;
  uid?: string | undefined;
  usages?: ('any' | 'cert sign' | 'client auth' | 'code signing' | 'content commitment' | 'crl sign' | 'data encipherment' | 'decipher only' | 'digital signature' | 'email protection' | 'encipher only' | 'ipsec end system' | 'ipsec tunnel' | 'ipsec user' | 'key agreement' | 'key encipherment' | 'microsoft sgc' | 'netscape sgc' | 'ocsp signing' | 's/mime' | 'server auth' | 'signing' | 'timestamping')[] | undefined;
  username?: string | undefined;
}

export interface CertificateSigningRequestStatus {
  certificate?: string | undefined;
  conditions?: CertificateSigningRequestCondition[] | undefined;
}
