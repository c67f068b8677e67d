export {
  type Admission,
  type AdmissionFacts,
  type AdmissionOperation,
  type Denial,
  deny,
  type ReviewedKind,
  type ReviewedResource,
  type ReviewedUser,
} from './admission.js';
export type { WebhookCertificate } from './webhook-certificate.js';
export { type WebhookAddress, type WebhookConfiguration, webhookConfigurations } from './webhook-configuration.js';
export {
  type AdmissionWebhook,
  type ConversionWebhook,
  type ConversionWebhookOptions,
  type ConvertibleObject,
  conversionWebhook,
  type MutatingWebhookOptions,
  mutatingWebhook,
  type ValidatingWebhookOptions,
  type Verdict,
  validatingWebhook,
  type Webhook,
  type WebhookSettings,
} from './webhook-definitions.js';
export { WebhookServer, type WebhookServerOptions } from './webhook-server.js';
