import { fieldsOf, objectsOf } from '../../../../util/json-fields.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import { webhookProblems } from './webhook-configuration-validation.js';

const reserved = '.static.k8s.io';

/** Strategy of ValidatingWebhookConfigurations. */
export const validatingWebhookConfigurations: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  schemaChecked: false,
  defaults: (object) => defaultWebhooks(object),
  validate: ({ webhooks }, old) =>
    webhookProblems(objectsOf(webhooks), old === undefined ? undefined : objectsOf(old.webhooks)),
  warnings: ({ metadata }) =>
    metadata.name?.endsWith(reserved) === true
      ? [
          `metadata.name: names ending with "${reserved}" are reserved for static manifest-based configurations and cannot be managed via the API`,
        ]
      : [],
};

/** Strategy of MutatingWebhookConfigurations. */
export const mutatingWebhookConfigurations: Strategy = {
  ...validatingWebhookConfigurations,
  defaults: (object) => {
    defaultWebhooks(object);
    for (const webhook of objectsOf(object.webhooks)) setDefault(webhook, 'reinvocationPolicy', 'Never');
  },
};

function defaultWebhooks({ webhooks }: ServerObject): void {
  for (const webhook of objectsOf(webhooks)) {
    setDefault(webhook, 'failurePolicy', 'Fail');
    setDefault(webhook, 'matchPolicy', 'Equivalent');
    setDefault(webhook, 'namespaceSelector', {});
    setDefault(webhook, 'objectSelector', {});
    setDefault(webhook, 'timeoutSeconds', 10);
    for (const rule of objectsOf(webhook.rules)) setDefault(rule, 'scope', '*');
    const { service } = fieldsOf(webhook.clientConfig);
    if (service !== undefined) setDefault(fieldsOf(service), 'port', 443);
  }
}
