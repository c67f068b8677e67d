import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import { hooksOf } from './hooks.js';
import { type Invocation, invocationOf } from './matching.js';
import { ask, WebhookCallError } from './webhook-call.js';

const failedOpen = 'failed-open.validating.webhook.admission.k8s.io/round_0_index_';

/**
 * Asks the validating webhooks that are about a write, all at once. Throws the Status of the first that refuses, or cannot be asked and fails
 * closed, once all have answered.
 */
export async function askValidatingWebhooks(attributes: AdmissionAttributes): Promise<void> {
  const hooks = await hooksOf(attributes.request.server, 'validatingwebhookconfigurations');
  const invocations: Invocation[] = [];
  for (const hook of hooks) {
    const invocation = await invocationOf(hook, attributes);
    if (invocation !== undefined) invocations.push(invocation);
  }
  const refusals: unknown[] = [];
  await Promise.all(
    invocations.map(async (invocation, index) => {
      try {
        await ask(invocation, attributes, false);
      } catch (error) {
        if (!(error instanceof WebhookCallError)) refusals.push(error);
        else if (!invocation.hook.failsOpen) refusals.push(error.status);
        else attributes.request.audit?.annotate(`${failedOpen}${index}`, invocation.hook.name);
      }
    }),
  );
  if (refusals.length > 0) throw refusals[0];
}
