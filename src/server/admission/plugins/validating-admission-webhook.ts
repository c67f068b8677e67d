import type { AdmissionPlugin } from '../admission-plugin.js';
import { isExempt } from '../exemption.js';
import { hooksOf } from '../webhooks/hooks.js';

/** Calls the cluster's validating webhooks. */
export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  handlesConnect: true,
  validate: async (attributes) => {
    const { server, resource } = attributes.request;
    if (isExempt(resource) || (await hooksOf(server, 'validatingwebhookconfigurations')).length === 0) return;
    // Few servers have webhooks: the client for them is loaded when one has.
    const { askValidatingWebhooks } = await import('../webhooks/validating.js');
    await askValidatingWebhooks(attributes);
  },
};
