import type { CertificateRequest } from '../../../x509/certificate-request.js';

const required = ['digital signature', 'key encipherment'];

/** Returns why a request is not one for the client certificate of a kubelet, in kube-controller-manager's words, or undefined. */
export function kubeletClientProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { names } = request;
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (names.dns > 0) return 'DNS subjectAltNames are not allowed';
  if (names.email > 0) return 'Email subjectAltNames are not allowed';
  if (names.ip > 0) return 'IP subjectAltNames are not allowed';
  if (names.uri > 0) return 'URI subjectAltNames are not allowed';
  return nameProblem(request) ?? usageProblem(usages, 'client auth');
}

/** Returns why a request is not one for the serving certificate of a kubelet, or undefined. */
export function kubeletServingProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { names } = request;
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (names.dns === 0 && names.ip === 0) return 'DNS or IP subjectAltName is required';
  if (names.email > 0) return 'Email subjectAltNames are not allowed';
  if (names.uri > 0) return 'URI subjectAltNames are not allowed';
  return usageProblem(usages, 'server auth') ?? nameProblem(request);
}

/** Returns why usages are not those of a client certificate for the API server, or undefined. */
export function clientUsageProblem(usages: readonly string[]): string | undefined {
  const odd = usages.find((usage) => usage !== 'client auth' && !required.includes(usage));
  if (odd !== undefined) return `invalid usage for client certificate: ${odd}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

function isOfNodes({ organizations }: CertificateRequest): boolean {
  return organizations.length === 1 && organizations[0] === 'system:nodes';
}

function nameProblem({ commonName }: CertificateRequest): string | undefined {
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
}

/** Keys that are not RSA have no use for key encipherment: it may be left out. */
function usageProblem(usages: readonly string[], purpose: string): string | undefined {
  const wanted = new Set(usages);
  const all = [...required, purpose].sort();
  const hasOnly = [...wanted].every((usage) => all.includes(usage));
  if (hasOnly && wanted.has('digital signature') && wanted.has(purpose)) return undefined;
  return `usages did not match [${[purpose, ...required].sort().join(' ')}]`;
}
