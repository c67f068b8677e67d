import type { AdmissionAttributes } from './attributes.js';
import { checkLimits } from './limit-ranger.js';
import { checkPodSecurity } from './pod-security.js';
import { checkPolicies } from './policies.js';
import { chargeQuota, type WriteStatus } from './quota.js';

/**
 * What stands between a valid write and the store, in the order of kube-apiserver's default plugins. Runs for dry runs too. `writeStatus`
 * writes what it decides to write, unasked. Throws the Status of whoever refuses.
 */
export async function admit(attributes: AdmissionAttributes, writeStatus: WriteStatus): Promise<void> {
  const { plugins } = attributes.request.server;
  if (plugins.has('LimitRanger')) await checkLimits(attributes);
  if (plugins.has('PodSecurity')) await checkPodSecurity(attributes);
  if (plugins.has('ValidatingAdmissionPolicy')) await checkPolicies(attributes);
  if (plugins.has('ResourceQuota')) await chargeQuota(attributes, writeStatus);
}
