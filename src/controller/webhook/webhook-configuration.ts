import type { AdmissionWebhook } from './webhook-definitions.js';

/** The address at which the API server reaches webhooks. */
export type WebhookAddress = {
  /** PEM of who signed the webhook server's certificate. Default: the roots the API server trusts, or what a tool puts in later. */
  readonly caBundle?: string | undefined;
} & (
  | {
      readonly service: {
        readonly name: string;
        readonly namespace: string;
        /** Default 443. */
        readonly port?: number | undefined;
      };
    }
  /** Where it answers outside the cluster, without the path: `https://webhooks.example.com`. */
  | { readonly url: string }
);

/** A manifest that tells the API server of webhooks, as `cluster.apply` takes it. */
export interface WebhookConfiguration {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly { readonly [field: string]: unknown }[];
}

/**
 * The manifests that tell the API server of these webhooks: one ValidatingWebhookConfiguration, one MutatingWebhookConfiguration, both
 * of this name, each only if there are webhooks for it. (Conversion webhooks are told of in the definition of the kind.)
 */
export function webhookConfigurations(
  name: string,
  webhooks: readonly AdmissionWebhook[],
  address: WebhookAddress,
): WebhookConfiguration[] {
  return (['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const).flatMap((kind) => {
    const type = kind === 'MutatingWebhookConfiguration' ? 'mutating' : 'validating';
    const ours = webhooks.filter((webhook) => webhook.type === type);
    if (ours.length === 0) return [];
    return [
      {
        apiVersion: 'admissionregistration.k8s.io/v1' as const,
        kind,
        metadata: { name },
        webhooks: ours.map((webhook) => entry(webhook, address)),
      },
    ];
  });
}

function entry(webhook: AdmissionWebhook, address: WebhookAddress): { readonly [field: string]: unknown } {
  const { name, path, resource, operations, subresources, settings } = webhook;
  const { sideEffects = 'None', reinvocationPolicy, ...others } = settings;
  const { caBundle } = address;
  const where =
    'service' in address
      ? { service: { ...address.service, path } }
      : { url: `${address.url.replace(/\/$/, '')}${path}` };
  return {
    name,
    clientConfig: { ...where, ...(caBundle !== undefined && { caBundle: Buffer.from(caBundle).toString('base64') }) },
    rules: [
      {
        operations: [...operations],
        apiGroups: [resource.group],
        apiVersions: [resource.version],
        resources: [resource.plural, ...subresources.map((part) => `${resource.plural}/${part}`)],
        scope: resource.scope,
      },
    ],
    admissionReviewVersions: ['v1'],
    sideEffects,
    ...(webhook.type === 'mutating' && reinvocationPolicy !== undefined && { reinvocationPolicy }),
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
  };
}
