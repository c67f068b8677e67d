import type { CertificateSigningRequest } from '../../../../generated/certificates.k8s.io/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { type CertificateRequest, readCertificateRequest } from '../../../x509/certificate-request.js';

type Request = DeepReadonly<CertificateSigningRequest>;

/** Reports whether a request has a condition of a type that is true. */
export function hasCondition({ status }: Request, type: 'Approved' | 'Denied' | 'Failed'): boolean {
  return (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True');
}

/** Reports whether a certificate was issued. */
export function isIssued({ status }: Request): boolean {
  return (status?.certificate ?? '') !== '';
}

/** Reads the PKCS #10 request inside. Throws an `Error` for one that cannot be read. */
export function readRequest({ metadata, spec }: Request): CertificateRequest {
  const request = readCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8'));
  if (request === undefined)
    throw new Error(`cannot read the CertificateSigningRequest ${metadata?.name}: it is not a PKCS #10 request`);
  return request;
}
