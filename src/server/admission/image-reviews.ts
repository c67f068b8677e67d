import { fieldsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ImagePolicyConfiguration } from '../object/admission-configuration.js';
import type { ServerContext } from '../object/server-context.js';
import { callBackend } from '../outbound/webhook-client.js';

/** The verdict of an image policy backend. */
export interface ImageReview {
  readonly isAllowed: boolean;
  readonly reason: string;
  readonly auditAnnotations: { readonly [key: string]: string };
}

const mostCached = 1_024;
const attempts = 5;
const timeoutMs = 30_000;
const maxBytes = 1024 * 1024;

/** Asks an image policy backend about pods, and remembers what it said. */
export class ImageReviews {
  readonly #server: ServerContext;
  readonly #configuration: ImagePolicyConfiguration;
  readonly #known = new Map<string, { readonly review: ImageReview; readonly until: number }>();

  constructor(server: ServerContext, configuration: ImagePolicyConfiguration) {
    this.#server = server;
    this.#configuration = configuration;
  }

  /** Returns the review of a pod. Rejects when the backend does not answer. */
  async review(spec: JsonObject, signal: AbortSignal | undefined): Promise<ImageReview> {
    const key = JSON.stringify(spec);
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#server.clock.now()) return known.review;
    this.#known.delete(key);
    const review = await this.#ask(spec, signal);
    const { allowTtlMs, denyTtlMs } = this.#configuration;
    const ttlMs = review.isAllowed ? allowTtlMs : denyTtlMs;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= mostCached && oldest !== undefined) this.#known.delete(oldest);
    if (ttlMs > 0) this.#known.set(key, { review, until: this.#server.clock.now() + ttlMs });
    return review;
  }

  async #ask(spec: JsonObject, signal: AbortSignal | undefined): Promise<ImageReview> {
    const { backend, retryBackoffMs } = this.#configuration;
    const review = {
      kind: 'ImageReview',
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      metadata: {},
      spec,
      status: { allowed: false },
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await callBackend(this.#server, backend, { review, timeoutMs, maxBytes, signal });
        return reviewOf(fieldsOf(answer.status));
      } catch (error) {
        if (attempt === attempts || !isTransient(error)) throw error;
        await this.#server.clock.sleep(retryBackoffMs * 1.5 ** (attempt - 1), {
          signal: signal ?? this.#server.closing,
        });
      }
    }
  }
}

function reviewOf({ allowed, reason, auditAnnotations }: JsonObject): ImageReview {
  const annotations = Object.entries(fieldsOf(auditAnnotations)).map(([key, value]) => [key, textOf(value)]);
  return { isAllowed: allowed === true, reason: textOf(reason), auditAnnotations: Object.fromEntries(annotations) };
}

/** Reports whether an error may pass: a backend that is busy, or a connection that it closed. */
function isTransient(error: unknown): boolean {
  const { status, message } = error as { readonly status?: number; readonly message?: string };
  return status === 429 || (status !== undefined && status >= 500) || message?.endsWith(': EOF') === true;
}
