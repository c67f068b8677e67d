import type { GroupResource } from '../object/status-error.js';

const exempt = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** Kinds that no policy and no webhook is asked about: else nobody could take back one that forbids everything. */
export function isExempt({ group, plural }: GroupResource): boolean {
  return group === 'admissionregistration.k8s.io' && exempt.has(plural);
}
