import type { AdmissionAttributes } from './attributes.js';
import { isExempt } from './exemption.js';
import { checkLimits } from './limit-ranger.js';
import { checkPodSecurity } from './pod-security.js';
import { checkPolicies } from './policies.js';
import { chargeQuota, type WriteStatus } from './quota.js';
import { hooksOf } from './webhooks/hooks.js';

/**
 * What stands between a valid write and the store, in the order of kube-apiserver's default plugins. Runs for dry runs too. `writeStatus`
 * writes what it decides to write, unasked. Throws the Status of whoever refuses.
 */
export async function admit(attributes: AdmissionAttributes, writeStatus: WriteStatus): Promise<void> {
  const { plugins } = attributes.request.server;
  if (plugins.has('LimitRanger')) await checkLimits(attributes);
  if (plugins.has('PodSecurity')) await checkPodSecurity(attributes);
  await admitByRules(attributes);
  if (plugins.has('ResourceQuota')) await chargeQuota(attributes, writeStatus);
}

/**
 * The part of admission that the cluster's users write the rules of: policies and validating webhooks. All that is asked about objects that are never
 * kept, such as an Eviction.
 */
export async function admitByRules(attributes: AdmissionAttributes): Promise<void> {
  const { plugins } = attributes.request.server;
  if (plugins.has('ValidatingAdmissionPolicy')) await checkPolicies(attributes);
  if (plugins.has('ValidatingAdmissionWebhook')) await checkWebhooks(attributes);
}

/** Most servers have no webhooks: what asking them takes is loaded when one has. */
async function checkWebhooks(attributes: AdmissionAttributes): Promise<void> {
  const { server, resource } = attributes.request;
  if (isExempt(resource) || (await hooksOf(server, 'validatingwebhookconfigurations')).length === 0) return;
  const { askValidatingWebhooks } = await import('./webhooks/validating.js');
  await askValidatingWebhooks(attributes);
}
