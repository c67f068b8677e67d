import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import type { ClusterConfig, Impersonation } from './cluster-config.js';
import { basicAuth, type CredentialSource, staticToken, TokenFile } from './credentials.js';
import { type Entry, type Kubeconfig, relativeTo } from './kubeconfig.js';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.js';
import { TlsSettings } from './tls-settings.js';

/** Which of a kubeconfig's entries to take. */
export interface KubeconfigChoice {
  /** Default: the file's `current-context`. */
  readonly context?: string | undefined;
  /** Instead of the context's cluster. */
  readonly cluster?: string | undefined;
  /** Instead of the context's user. */
  readonly user?: string | undefined;
  readonly clock?: Clock | undefined;
}

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
  refuseUnsupported(cluster, clusterName, user, userName ?? '');
  return {
    server: serverUrl(cluster, clusterName),
    namespace: context?.value.namespace || 'default',
    source: `${name === undefined ? `cluster "${clusterName}"` : `context "${name}"`} of ${where}`,
    context: name,
    tls: await tlsOf(cluster, user),
    credentials: user === undefined ? undefined : credentialsOf(user, choice.clock),
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

/** What would be needed to connect and is not there yet is refused by name: going without would fail later, in the dark. */
function refuseUnsupported(
  cluster: Entry<KubeconfigCluster>,
  clusterName: string,
  user: Entry<KubeconfigUser> | undefined,
  userName: string,
): void {
  const refuse = (kind: string, name: string, file: string, field: string) => {
    throw new ConfigError(`${kind} "${name}" in ${file} uses ${field}, which is not supported by this version`);
  };
  if (cluster.value['proxy-url']) refuse('cluster', clusterName, cluster.file, 'proxy-url');
  if (user?.value.exec) refuse('user', userName, user.file, 'exec (a credential plugin)');
  if (user?.value['auth-provider']) refuse('user', userName, user.file, 'auth-provider');
}

/** kubectl takes an address without a scheme as http. */
function serverUrl(cluster: Entry<KubeconfigCluster>, name: string): string {
  const { server } = cluster.value;
  if (!server) throw new ConfigError(`cluster "${name}" in ${cluster.file} has no server`);
  return normalizeServer(server, `cluster "${name}" in ${cluster.file}`);
}

/** Checks an address and gives it in full. `what` is for the message. */
export function normalizeServer(server: string, what: string): string {
  const full = server.includes('://') ? server : `http://${server}`;
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

async function tlsOf(cluster: Entry<KubeconfigCluster>, user: Entry<KubeconfigUser> | undefined): Promise<TlsSettings> {
  const [ca, cert, key] = await Promise.all([
    pem(cluster, 'certificate-authority-data', 'certificate-authority'),
    user && pem(user, 'client-certificate-data', 'client-certificate'),
    user && pem(user, 'client-key-data', 'client-key'),
  ]);
  if (user !== undefined && (cert === undefined) !== (key === undefined)) {
    throw new ConfigError(`${user.file}: a client certificate needs both client-certificate and client-key`);
  }
  return new TlsSettings({
    ca,
    cert,
    key,
    serverName: cluster.value['tls-server-name'] || undefined,
    insecureSkipTlsVerify: cluster.value['insecure-skip-tls-verify'],
  });
}

/** Data goes before a file, as in client-go. */
async function pem<K extends string>(
  entry: Entry<{ readonly [key in K]?: string | undefined }>,
  dataField: K,
  fileField: K,
): Promise<string | undefined> {
  const data = entry.value[dataField];
  if (data) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    if (!text.includes('-----BEGIN')) throw new ConfigError(`${entry.file}: ${dataField} is not base64 of a PEM text`);
    return text;
  }
  const path = entry.value[fileField];
  if (!path) return undefined;
  try {
    return await readFile(relativeTo(entry.file, path), 'utf8');
  } catch (cause) {
    throw new ConfigError(`${fileField} ${relativeTo(entry.file, path)}, named in ${entry.file}, cannot be read`, {
      cause,
    });
  }
}

/** A token file goes before a token, and both before a password, as in client-go. */
function credentialsOf(user: Entry<KubeconfigUser>, clock: Clock | undefined): CredentialSource | undefined {
  const { token, tokenFile, username, password } = user.value;
  if (tokenFile) return new TokenFile(relativeTo(user.file, tokenFile), clock);
  if (token) return staticToken(token);
  return username ? basicAuth(username, password ?? '') : undefined;
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
