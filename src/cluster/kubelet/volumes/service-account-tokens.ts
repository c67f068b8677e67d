import { type Pod, ServiceAccount } from '../../../../generated/core/v1.js';
import { type DeepReadonly, parseTime } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';

interface IssuedToken {
  readonly token: string;
  readonly refreshAt: number;
}

const DEFAULT_SECONDS = 3600;
const MOST_TOKENS = 10_000;
/** A token is replaced after so much of its life, and after a day at the latest. */
const REFRESH_AFTER = 0.8;
const DAY_MS = 86_400_000;

/** The tokens of the service accounts of pods, each bound to its pod. */
export class ServiceAccountTokens {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #issued = new Map<string, IssuedToken>();

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Returns a token for a pod: the one issued before, unless it is old. */
  async get(
    pod: DeepReadonly<Pod>,
    audience: string | undefined,
    expirationSeconds = DEFAULT_SECONDS,
  ): Promise<string> {
    const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
    const key = JSON.stringify([uid, audience, expirationSeconds]);
    const before = this.#issued.get(key);
    if (before !== undefined && this.#clock.now() < before.refreshAt) return before.token;
    const issued = await this.#cluster
      .resource(ServiceAccount)
      .in(namespace)
      .createToken(pod.spec?.serviceAccountName || 'default', {
        audiences: audience === undefined || audience === '' ? undefined : [audience],
        expirationSeconds,
        boundTo: { apiVersion: 'v1', kind: 'Pod', name, uid },
      });
    const now = this.#clock.now();
    const { token = '', expirationTimestamp } = issued.status ?? {};
    const expires = expirationTimestamp === undefined ? now : parseTime(expirationTimestamp);
    this.#issued.delete(key);
    this.#issued.set(key, { token, refreshAt: now + Math.min((expires - now) * REFRESH_AFTER, DAY_MS) });
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size <= MOST_TOKENS) break;
      this.#issued.delete(oldest);
    }
    return token;
  }
}
