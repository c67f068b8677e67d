import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ConfigError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import type { ClusterConfig, Impersonation } from './cluster-config.js';
import { basicAuth, type CredentialSource, staticToken, TokenFile } from './credentials.js';
import type { Environment } from './environment.js';
import type { ExecPluginOptions } from './exec-plugin.js';
import { fromKubeconfig, normalizeServer } from './from-kubeconfig.js';
import { fromServiceAccount } from './from-service-account.js';
import { loadKubeconfig } from './kubeconfig.js';
import { ProxySettings, proxyFromEnvironment } from './proxy-settings.js';
import { type Pem, TlsSettings } from './tls-settings.js';

/** Which cluster to talk to, and as whom. Everything is optional: see `resolveConfig` for where the rest is looked for. */
export interface ConfigOptions {
  /** The server's address. With it, no kubeconfig is read; of the environment, the proxy alone is. */
  readonly server?: string | undefined;
  /**
   * The addresses of several servers of one cluster, instead of `server`. Requests go to the first one while it answers, and then to the
   * next. All get the same credentials, and must have certificates of the same authority.
   */
  readonly servers?: readonly string[] | undefined;
  /** A bearer token. Only with `server`, as the options below. */
  readonly token?: string | undefined;
  /** A file with a bearer token, read again when it changes. */
  readonly tokenFile?: string | undefined;
  /** For HTTP basic authentication, with `password`. */
  readonly username?: string | undefined;
  /** Goes with `username`. */
  readonly password?: string | undefined;
  /** A credential source of your own; goes before `token` and the rest, and before what a kubeconfig's user or the pod has. */
  readonly credentials?: CredentialSource | undefined;
  /** The certificate authorities to trust: a PEM text, or a file that is read again for each new connection. */
  readonly ca?: Pem | undefined;
  /** The same as a file. */
  readonly caFile?: string | undefined;
  /** Client certificate and key: PEM texts, or files that are read again for each new connection. */
  readonly clientCertificate?: Pem | undefined;
  /** Goes with `clientCertificate`. */
  readonly clientKey?: Pem | undefined;
  /** Trust any certificate. Only for tests. Default false. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** The name to expect in the server's certificate, instead of the host's. */
  readonly tlsServerName?: string | undefined;
  /** `http://`, `https://` or `socks5://` proxy to go through, instead of the kubeconfig's or the environment's. `false`: none. */
  readonly proxyUrl?: string | false | undefined;
  /** True: answers are asked for without compression. Default: the kubeconfig's `disable-compression`, else false. */
  readonly disableCompression?: boolean | undefined;
  /** A kubeconfig file, or several to be merged, instead of `KUBECONFIG` and `~/.kube/config`. */
  readonly kubeconfig?: string | readonly string[] | undefined;
  /** The kubeconfig context. Default: its `current-context`. */
  readonly context?: string | undefined;
  /** A cluster entry of the kubeconfig, instead of the context's. */
  readonly cluster?: string | undefined;
  /** A user entry of the kubeconfig, instead of the context's. */
  readonly user?: string | undefined;
  /** The namespace that counts as "this one". Default: that of the context or the pod, else `default`. */
  readonly namespace?: string | undefined;
  /** The user to act as. */
  readonly impersonate?: Impersonation | undefined;
  /** Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Where a pod's service account is mounted. Default: where the kubelet puts it. */
  readonly serviceAccountDir?: string | undefined;
  /** The options for running credential plugins (`exec`). */
  readonly exec?: Pick<ExecPluginOptions, 'timeoutMs' | 'terminal'> | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Decides where the cluster is and who asks. In this order:
 * 1. `options.server` and what goes with it;
 * 2. `options.kubeconfig`, else the files in `KUBECONFIG` (first definition wins), else `~/.kube/config`;
 * 3. the service account of the pod this runs in.
 *
 * A step is passed over only if there is nothing to read (no such file, or one without clusters). `KUBECONFIG`, when set, keeps
 * `~/.kube/config` from being read even if it names nothing that exists, as with kubectl. Throws `ConfigError`: for a file that is
 * wrong, or, when nothing was found, with the list of what was tried.
 */
export async function resolveConfig(options: ConfigOptions = {}): Promise<ClusterConfig> {
  const servers = serversOf(options);
  const [first] = servers;
  const found = first === undefined ? await lookAround(options) : await explicit(options, first, servers);
  return {
    ...found,
    credentials: options.credentials ?? found.credentials,
    namespace: options.namespace ?? found.namespace,
    impersonate: options.impersonate ?? found.impersonate,
    proxy: proxyOf(options, found),
    disableCompression: options.disableCompression ?? found.disableCompression,
  };
}

function proxyOf({ proxyUrl, env = process.env }: ConfigOptions, found: ClusterConfig): ProxySettings | undefined {
  if (proxyUrl === false) return undefined;
  if (proxyUrl !== undefined) return new ProxySettings(proxyUrl, 'options.proxyUrl');
  return found.proxy ?? proxyFromEnvironment(found.server, env);
}

async function lookAround(options: ConfigOptions): Promise<ClusterConfig> {
  const needServer = (
    [
      ...(['token', 'tokenFile', 'username', 'password', 'ca', 'caFile', 'clientCertificate', 'clientKey'] as const),
      ...(['insecureSkipTlsVerify', 'tlsServerName'] as const),
    ] as const
  ).filter((name) => options[name] !== undefined);
  if (needServer.length > 0) throw new ConfigError(`${needServer.join(', ')} can only be given together with server`);
  const env = options.env ?? process.env;
  const tried: string[] = [];
  const { paths, what } = kubeconfigPaths(options, env);
  const kubeconfig = await loadKubeconfig(paths);
  if (kubeconfig.clusters.size > 0 || kubeconfig.contexts.size > 0) return fromKubeconfig(kubeconfig, options);
  tried.push(`${what}: ${kubeconfig.files.length === 0 ? 'no such file' : 'no clusters in it'}`);
  if (options.kubeconfig === undefined && options.context === undefined) {
    const pod = await fromServiceAccount(env, options.serviceAccountDir, options.clock);
    if (typeof pod !== 'string') return pod;
    tried.push(pod);
  }
  throw new ConfigError(
    `no cluster found. Tried:\n${tried.map((line) => `- ${line}`).join('\n')}\nPass { server } or { kubeconfig }.`,
  );
}

function kubeconfigPaths(options: ConfigOptions, env: Environment): { paths: readonly string[]; what: string } {
  if (options.kubeconfig !== undefined) {
    const paths = typeof options.kubeconfig === 'string' ? [options.kubeconfig] : options.kubeconfig;
    return { paths, what: `kubeconfig ${paths.join(', ')}` };
  }
  if (env.KUBECONFIG) {
    const listed = env.KUBECONFIG.split(delimiter).filter((path) => path !== '');
    return { paths: [...new Set(listed)], what: `KUBECONFIG=${env.KUBECONFIG}` };
  }
  const home = join(env.HOME || env.USERPROFILE || homedir(), '.kube', 'config');
  return { paths: [home], what: home };
}

/** Returns the addresses that the options give. */
function serversOf({ server, servers }: ConfigOptions): string[] {
  if (servers === undefined) return server === undefined ? [] : [normalizeServer(server, 'options.server')];
  if (server !== undefined) throw new ConfigError('server and servers contradict each other: pass one of them');
  if (servers.length === 0) throw new ConfigError('options.servers is empty: pass an address, or leave it out');
  const urls = servers.map((one, index) => normalizeServer(one, `options.servers[${index}]`));
  // The credentials would go in the open to some of them.
  if (new Set(urls.map((url) => new URL(url).protocol)).size > 1)
    throw new ConfigError('options.servers has addresses with https:// and with http://: use one of them for all');
  return urls;
}

async function explicit(options: ConfigOptions, url: string, servers: readonly string[]): Promise<ClusterConfig> {
  for (const name of ['kubeconfig', 'context', 'cluster', 'user'] as const) {
    if (options[name] !== undefined)
      throw new ConfigError(`server and ${name} contradict each other: pass one of them`);
  }
  if ((options.clientCertificate === undefined) !== (options.clientKey === undefined)) {
    throw new ConfigError('clientCertificate and clientKey go together');
  }
  const { caFile } = options;
  const tls = new TlsSettings({
    ca: options.ca ?? (caFile === undefined ? undefined : { file: caFile }),
    cert: options.clientCertificate,
    key: options.clientKey,
    serverName: options.tlsServerName,
    insecureSkipTlsVerify: options.insecureSkipTlsVerify,
  });
  await tls.connectOptions();
  return {
    server: url,
    ...(servers.length > 1 ? { servers } : {}),
    namespace: 'default',
    source: `the address ${url} given in options`,
    tls,
    credentials: explicitCredentials(options),
  };
}

function explicitCredentials(options: ConfigOptions): CredentialSource | undefined {
  if (options.tokenFile !== undefined) return new TokenFile(options.tokenFile, options.clock);
  if (options.token !== undefined) return staticToken(options.token);
  return options.username === undefined ? undefined : basicAuth(options.username, options.password ?? '');
}
