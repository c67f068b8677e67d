import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { TokenReview } from '../../../../generated/authentication.k8s.io/v1.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';
import { ReviewCache } from './review-cache.js';

/** The user of a request to the kubelet. */
export interface KubeletUser {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}

/** Settings of an `Authenticator`. */
export interface AuthenticatorOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** True: requests without credentials are from `system:anonymous`. */
  readonly anonymous: boolean;
  /** True: bearer tokens are reviewed by the API server. */
  readonly tokenReview: boolean;
  /** Reviews are kept for so many milliseconds. */
  readonly cacheMs: number;
}

const ANONYMOUS: KubeletUser = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Finds the user of a request: by its client certificate, or by its bearer token. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #reviews: ReviewCache<KubeletUser | undefined>;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#reviews = new ReviewCache(options.clock);
  }

  /** Resolves to undefined when the credentials are missing or wrong. Rejects when the API server cannot be asked. */
  async authenticate(request: IncomingMessage): Promise<KubeletUser | undefined> {
    const byCertificate = userOfCertificate(request);
    if (byCertificate !== undefined) return byCertificate;
    const [, token] = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const { anonymous, tokenReview, cacheMs } = this.#options;
    if (token === undefined) return anonymous ? ANONYMOUS : undefined;
    if (!tokenReview) return undefined;
    // Tokens are not kept, only their digests.
    const key = createHash('sha256').update(token).digest('hex');
    return this.#reviews.get(
      key,
      () => this.#review(token),
      () => cacheMs,
    );
  }

  async #review(token: string): Promise<KubeletUser | undefined> {
    const review = await this.#options.cluster.resource(TokenReview).create({ spec: { token } });
    const { authenticated, user } = review.status ?? {};
    if (authenticated !== true) return undefined;
    return { username: user?.username ?? '', uid: user?.uid, groups: user?.groups ?? [], extra: user?.extra };
  }
}

/** Reads the user of a client certificate that the authority signed for clients: the CN is the name, the O entries are the groups. */
function userOfCertificate({ socket }: IncomingMessage): KubeletUser | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const peer = socket.getPeerX509Certificate();
  if (peer === undefined) return undefined;
  // The purpose: authentication of clients.
  if (!peer.keyUsage?.includes('1.3.6.1.5.5.7.3.2')) return undefined;
  const entries = peer.subject.split('\n').map((line) => line.split(/=(.*)/s));
  const values = (key: string) => entries.filter(([name]) => name === key).map(([, value = '']) => value);
  const [username = ''] = values('CN');
  if (username === '') return undefined;
  return { username, groups: [...values('O'), 'system:authenticated'] };
}
