import type { ClusterConfig } from '../config/cluster-config.js';
import type { ConfigOptions } from '../config/resolve-config.js';
import { checkOptions, type KeysOf } from '../errors/check-options.js';
import type { Destination } from '../errors/index.js';
import type { TransportOptions } from '../transport/create-transport.js';
import type { Transport } from '../transport/transport.js';
import { Cluster, type ClusterOptions } from './cluster.js';

/** Which cluster to connect to, as whom, and how connections behave. */
export interface ConnectOptions
  extends ConfigOptions,
    TransportOptions,
    Pick<ClusterOptions, 'onWarning' | 'encoding'> {}

/**
 * Finds the cluster and gives a handle to it. Nothing is sent yet: the first call opens the first connection.
 *
 * Looked at, in this order: `options.server` or `servers`; `options.kubeconfig`, else the files in `KUBECONFIG`, else `~/.kube/config`; the pod's
 * service account. Throws `ConfigError`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Cluster> {
  return new Cluster(...(await connection(options)));
}

const connectOptions: KeysOf<ConnectOptions> = {
  server: true,
  servers: true,
  token: true,
  tokenFile: true,
  username: true,
  password: true,
  credentials: true,
  ca: true,
  caFile: true,
  clientCertificate: true,
  clientKey: true,
  insecureSkipTlsVerify: true,
  tlsServerName: true,
  proxyUrl: true,
  disableCompression: true,
  kubeconfig: true,
  context: true,
  cluster: true,
  user: true,
  namespace: true,
  impersonate: true,
  env: true,
  serviceAccountDir: true,
  exec: true,
  clock: true,
  random: true,
  deadlines: true,
  retry: true,
  maxBodyBytes: true,
  maxConnections: true,
  compression: true,
  userAgent: true,
  onWarning: true,
  encoding: true,
};

/** Returns the parts of a handle. Throws as `connect`. */
export async function connection(options: ConnectOptions): Promise<[Transport, ClusterOptions]> {
  checkOptions('connect', options, connectOptions);
  // Whoever imports the package for its types and nouns does not load the way to a cluster.
  const [{ resolveConfig }, { createTransport }] = await Promise.all([
    import('../config/resolve-config.js'),
    import('../transport/create-transport.js'),
  ]);
  const config = await resolveConfig(options);
  return [
    createTransport(config, options),
    {
      namespace: config.namespace,
      destination: destinationOf(config),
      impersonate: config.impersonate,
      onWarning: options.onWarning,
      encoding: options.encoding,
      clock: options.clock,
      random: options.random,
    },
  ];
}

/** Returns what errors say of the cluster and the user. An address that came from the options is its own source. */
function destinationOf({ server, user, source }: ClusterConfig): Destination {
  return { server, user, source: source.includes(server) ? undefined : source };
}
