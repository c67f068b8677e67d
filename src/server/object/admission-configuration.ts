import type { JsonObject } from '../../util/json-value.js';
import type { WebhookBackend } from './webhook-backend.js';

/** A limit of the plugin EventRateLimit. */
export interface EventLimit {
  /** The events that share a limit: all, or those of one namespace, user, or source and object. */
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject';
  /** Events a second. */
  readonly qps: number;
  /** Events at once. */
  readonly burst: number;
  /** The most namespaces, users or sources that are remembered. Default: 4096. */
  readonly cacheSize?: number | undefined;
}

/** The configuration of the plugin ImagePolicyWebhook. */
export interface ImagePolicyConfiguration {
  readonly backend: WebhookBackend;
  /** The time for which an approval and a denial are remembered, in milliseconds; 0: not at all. */
  readonly allowTtlMs: number;
  readonly denyTtlMs: number;
  /** The time before the first retry, in milliseconds. */
  readonly retryBackoffMs: number;
  /** True if pods are accepted while the backend does not answer. */
  readonly defaultAllow: boolean;
}

/** The configuration of admission plugins, by the names of the plugins. */
export interface AdmissionConfiguration {
  readonly EventRateLimit?: { readonly limits: readonly EventLimit[] } | undefined;
  readonly ImagePolicyWebhook?: ImagePolicyConfiguration | undefined;
  /** Node selectors: `clusterDefaultNodeSelector` for namespaces without an annotation, others by the namespace that they bound. */
  readonly PodNodeSelector?: { readonly [namespace: string]: string } | undefined;
  /** Tolerations for namespaces without annotations. */
  readonly PodTolerationRestriction?:
    | { readonly default?: readonly JsonObject[] | undefined; readonly whitelist?: readonly JsonObject[] | undefined }
    | undefined;
}
