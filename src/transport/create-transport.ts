import type { ClusterConfig } from '../config/cluster-config.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { AuthorizingTransport } from './authorizing-transport.js';
import type { Deadlines } from './deadlines.js';
import { RetryingTransport, type RetryOptions } from './retrying-transport.js';
import type { Transport } from './transport.js';
import { UndiciTransport } from './undici-transport.js';

/** How the transport to a cluster behaves. */
export interface TransportOptions {
  /** Deadlines by class; see `Deadlines` for the defaults and their reasons. */
  readonly deadlines?: { readonly [K in keyof Deadlines]?: Deadlines[K] | undefined } | undefined;
  /** See `RetryOptions`. `retries: 0` sends everything once. */
  readonly retry?: Pick<RetryOptions, 'retries' | 'baseMs' | 'maxRetryAfterMs'> | undefined;
  /** See `UndiciTransportOptions`. */
  readonly maxBodyBytes?: number | undefined;
  /** See `UndiciTransportOptions`. */
  readonly maxConnections?: number | undefined;
  readonly userAgent?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Everything that stands between the client and the socket, in order: retries, credentials, HTTP. Opens nothing yet. */
export function createTransport(config: ClusterConfig, options: TransportOptions = {}): Transport {
  const http = new UndiciTransport({ ...options, server: config.server, tls: config.tls });
  const authorized = config.credentials === undefined ? http : new AuthorizingTransport(http, config.credentials);
  return new RetryingTransport(authorized, { ...options.retry, clock: options.clock, random: options.random });
}
