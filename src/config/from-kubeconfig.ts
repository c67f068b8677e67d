import { ConfigError } from '../errors/index.js';
import type { ClusterConfig, Impersonation } from './cluster-config.js';
import { basicAuth, type CredentialSource, staticToken, TokenFile } from './credentials.js';
import type { ExecCluster } from './exec-spec.js';
import { type Entry, type Kubeconfig, relativeTo } from './kubeconfig.js';
import type { KubeconfigChoice } from './kubeconfig-choice.js';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-file.js';
import { isThisMachine } from './no-proxy.js';
import { ProxySettings, proxyFromEnvironment } from './proxy-settings.js';
import { type Pem, TlsSettings } from './tls-settings.js';

/** Resolves one context. Throws `ConfigError` that names file and entry when something is missing or not supported. */
export async function fromKubeconfig(kubeconfig: Kubeconfig, choice: KubeconfigChoice = {}): Promise<ClusterConfig> {
  const where = kubeconfig.files.join(', ');
  const name = choice.context ?? kubeconfig.currentContext;
  if (name === undefined && choice.cluster === undefined) {
    throw new ConfigError(`no current-context in ${where}: pass { context } with one of ${names(kubeconfig.contexts)}`);
  }
  const context = name === undefined ? undefined : take(kubeconfig.contexts, name, 'context', where);
  const clusterName = choice.cluster ?? context?.value.cluster;
  if (!clusterName) throw new ConfigError(`context "${name}" in ${context?.file ?? where} names no cluster`);
  const userName = choice.user ?? context?.value.user;
  const cluster = take(kubeconfig.clusters, clusterName, 'cluster', where);
  const user = userName ? take(kubeconfig.users, userName, 'user', where) : undefined;
  const server = serverUrl(cluster, clusterName);
  const proxy = proxyOf(cluster, clusterName) ?? proxyFromEnvironment(server, choice.env ?? process.env);
  const tls = tlsOf(cluster, user);
  // A file that is missing is told now, not at the first request.
  await tls.connectOptions();
  return {
    server,
    namespace: context?.value.namespace || 'default',
    source: `${name === undefined ? `cluster "${clusterName}"` : `context "${name}"`} of ${where}`,
    context: name,
    user: userName || undefined,
    tls,
    proxy,
    disableCompression: cluster.value['disable-compression'],
    credentials:
      user === undefined ? undefined : await credentialsOf(user, userName ?? '', { cluster, server, tls }, choice),
    impersonate: user === undefined ? undefined : impersonationOf(user),
  };
}

function take<T>(entries: ReadonlyMap<string, Entry<T>>, name: string, what: string, where: string): Entry<T> {
  const entry = entries.get(name);
  if (entry === undefined) throw new ConfigError(`no ${what} "${name}" in ${where}: there is ${names(entries)}`);
  return entry;
}

function names(entries: ReadonlyMap<string, unknown>): string {
  return [...entries.keys()].map((name) => `"${name}"`).join(', ') || 'none';
}

/** kubectl takes an address without a scheme as http. */
function serverUrl(cluster: Entry<KubeconfigCluster>, name: string): string {
  const { server } = cluster.value;
  if (!server) throw new ConfigError(`cluster "${name}" in ${cluster.file} has no server`);
  return normalizeServer(server, `cluster "${name}" in ${cluster.file}`);
}

/** Checks an address and gives it in full. `what` is for the message. */
export function normalizeServer(server: string, what: string): string {
  const full = server;
  if (!full.includes('://')) {
    const shown = /[@?#]/.test(server) ? '' : ` ${JSON.stringify(server)}`;
    throw new ConfigError(
      `${what}: cannot use the server address${shown}: it has no scheme. Begin it with https:// or http://.`,
    );
  }
  if (!URL.canParse(full)) throw new ConfigError(`${what}: the server address is not a URL`);
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ConfigError(`${what}: the server address must begin with https:// or http://, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`${what}: the server address must hold no user name, password, query or fragment`);
  }
  return url.href.replace(/\/+$/, '');
}

function proxyOf(cluster: Entry<KubeconfigCluster>, name: string): ProxySettings | undefined {
  const address = cluster.value['proxy-url'];
  return address ? new ProxySettings(address, `the proxy-url of cluster "${name}" in ${cluster.file}`) : undefined;
}

function tlsOf(cluster: Entry<KubeconfigCluster>, user: Entry<KubeconfigUser> | undefined): TlsSettings {
  const cert = user && pem(user, 'client-certificate-data', 'client-certificate');
  const key = user && pem(user, 'client-key-data', 'client-key');
  if (user !== undefined && (cert === undefined) !== (key === undefined)) {
    throw new ConfigError(`${user.file}: a client certificate needs both client-certificate and client-key`);
  }
  const insecure = cluster.value['insecure-skip-tls-verify'] ?? false;
  if (insecure && (cluster.value['certificate-authority'] || cluster.value['certificate-authority-data'])) {
    throw new ConfigError(
      `${cluster.file}: insecure-skip-tls-verify and a certificate-authority contradict each other: remove one of them`,
    );
  }
  return new TlsSettings({
    ca: pem(cluster, 'certificate-authority-data', 'certificate-authority'),
    cert,
    key,
    serverName: cluster.value['tls-server-name'] || undefined,
    insecureSkipTlsVerify: insecure,
  });
}

/** Data goes before a file, as in client-go. */
function pem<K extends string>(
  entry: Entry<{ readonly [key in K]?: string | undefined }>,
  dataField: K,
  fileField: K,
): Pem | undefined {
  const data = entry.value[dataField];
  if (data) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    if (!text.includes('-----BEGIN')) throw new ConfigError(`${entry.file}: ${dataField} is not base64 of a PEM text`);
    return text;
  }
  const path = entry.value[fileField];
  return path ? { file: relativeTo(entry.file, path) } : undefined;
}

/** The description of the cluster for plugins that want it. */
interface ClusterFacts {
  readonly cluster: Entry<KubeconfigCluster>;
  readonly server: string;
  readonly tls: TlsSettings;
}

/**
 * By client-go's rules: a token (its file goes before it) or a password, not both; a plugin only where there is neither, and no client
 * certificate; then an auth-provider. None at all where they would cross a network in the open.
 */
async function credentialsOf(
  user: Entry<KubeconfigUser>,
  userName: string,
  facts: ClusterFacts,
  choice: KubeconfigChoice,
): Promise<CredentialSource | undefined> {
  const { token, tokenFile, username, password, exec, 'auth-provider': provider } = user.value;
  const where = `user "${userName}" in ${user.file}`;
  if (exec !== undefined && provider !== undefined) {
    throw new ConfigError(`${where} has both exec and auth-provider: which of them is to be used?`);
  }
  if ((token || tokenFile) && (username || password)) {
    throw new ConfigError(`${where} has both a token and a username or password: only one of them can be used`);
  }
  // kubectl does not read them for a server without TLS either; on this machine there is nobody in between.
  const { protocol, hostname } = new URL(facts.server);
  if (protocol === 'http:' && !isThisMachine(hostname)) return undefined;
  if (tokenFile) return new TokenFile(relativeTo(user.file, tokenFile), choice.clock, token);
  if (token) return staticToken(token);
  if (username) return basicAuth(username, password ?? '');
  const certificate = user.value['client-certificate-data'] || user.value['client-certificate'];
  if (exec !== undefined && !certificate) {
    const { execCredentials } = await import('./exec-from-kubeconfig.js');
    return execCredentials(exec, where, user.file, await execCluster(facts), choice);
  }
  if (provider !== undefined) {
    const { authProvider } = await import('./auth-provider.js');
    return authProvider(provider, userName, user.file, choice);
  }
  return undefined;
}

async function execCluster({ cluster, tls }: ClusterFacts): Promise<ExecCluster> {
  const { value } = cluster;
  const config = value.extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  return {
    // As it stands in the file: plugins may look their settings up by it.
    server: value.server ?? '',
    'tls-server-name': value['tls-server-name'] || undefined,
    'insecure-skip-tls-verify': value['insecure-skip-tls-verify'] || undefined,
    'certificate-authority-data': await tls.caData(),
    'proxy-url': value['proxy-url'] || undefined,
    'disable-compression': value['disable-compression'] || undefined,
    ...(config === undefined ? {} : { config }),
  };
}

function impersonationOf({ value, file }: Entry<KubeconfigUser>): Impersonation | undefined {
  const groups = value['as-groups'];
  if (!value.as) {
    if (value['as-uid'] || groups.length > 0 || value['as-user-extra']) {
      throw new ConfigError(`${file}: as-uid, as-groups and as-user-extra need "as", the user to act as`);
    }
    return undefined;
  }
  return { user: value.as, uid: value['as-uid'] || undefined, groups, extra: value['as-user-extra'] };
}
