import type { ClusterConfig } from '../config/cluster-config.js';
import { TlsSettings } from '../config/tls-settings.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { AuthorizingTransport } from './authorizing-transport.js';
import type { Deadlines } from './deadlines.js';
import { FailoverTransport } from './failover-transport.js';
import { RetryingTransport, type RetryOptions } from './retrying-transport.js';
import { TracedTransport } from './traced-transport.js';
import type { Transport } from './transport.js';
import { UndiciTransport } from './undici-transport.js';

/** The options of the transport to a cluster. */
export interface TransportOptions {
  /** Deadlines by class; see `Deadlines` for the defaults and their reasons. */
  readonly deadlines?: { readonly [K in keyof Deadlines]?: Deadlines[K] | undefined } | undefined;
  /** See `RetryOptions`. `retries: 0` sends everything once. */
  readonly retry?: Pick<RetryOptions, 'retries' | 'baseMs' | 'maxMs' | 'budget' | 'maxRetryAfterMs'> | undefined;
  /** See `UndiciTransportOptions`. */
  readonly maxBodyBytes?: number | undefined;
  /** See `UndiciTransportOptions`. */
  readonly maxConnections?: number | undefined;
  /** See `UndiciTransportOptions`. */
  readonly compression?: boolean | undefined;
  /** Default: `keelson/<version> (<system>/<processor>) node/<version>`. Its first part names the default field manager. */
  readonly userAgent?: string | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. Default: the runtime's. */
  readonly random?: Random | undefined;
}

/** Everything that stands between the client and the socket, in order: spans, retries, credentials, HTTP. Opens nothing yet. */
export function createTransport(config: ClusterConfig, options: TransportOptions = {}): Transport {
  const { server, credentials, proxy } = config;
  const tls =
    credentials?.clientCertificate === undefined
      ? config.tls
      : (config.tls ?? new TlsSettings()).withClientCertificate(async () => credentials.clientCertificate?.());
  const compression = config.disableCompression === true ? false : options.compression;
  const { servers = [server] } = config;
  const each = servers.map((one) => new UndiciTransport({ ...options, server: one, tls, proxy, compression }));
  const [only] = each;
  const http = only !== undefined && each.length === 1 ? only : new FailoverTransport(each);
  const authorized = new AuthorizingTransport(http, credentials, tls);
  const { host } = new URL(server);
  const { clock, random } = options;
  return new TracedTransport(new RetryingTransport(authorized, { ...options.retry, host, clock, random }), host);
}
