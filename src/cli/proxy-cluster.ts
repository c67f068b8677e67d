import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ClusterConfig } from '../config/cluster-config.js';
import { fromKubeconfig } from '../config/from-kubeconfig.js';
import { type Entry, type Kubeconfig, loadKubeconfig } from '../config/kubeconfig.js';
import type { KubeconfigCluster, KubeconfigUser } from '../config/kubeconfig-file.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { ProxyFlags } from './proxy-flags.js';

/** Finds the cluster by kubectl's flags, which replace single fields of the kubeconfig's cluster and user. */
export async function clusterOf(flags: ProxyFlags): Promise<ClusterConfig> {
  const paths = kubeconfigPaths(flags.text('kubeconfig'));
  const kubeconfig = await loadKubeconfig(paths);
  const choice = { context: flags.text('context'), cluster: flags.text('cluster'), user: flags.text('user') };
  const [cluster, user] = [clusterFields(flags), userFields(flags)];
  const isEmpty = kubeconfig.clusters.size === 0 && kubeconfig.contexts.size === 0;
  if (Object.keys(cluster).length === 0 && Object.keys(user).length === 0) {
    return isEmpty
      ? resolveConfig({ ...choice, ...(flags.text('kubeconfig') === undefined ? {} : { kubeconfig: paths }) })
      : fromKubeconfig(kubeconfig, choice);
  }
  const context = kubeconfig.contexts.get(choice.context ?? kubeconfig.currentContext ?? '')?.value;
  const clusterName = choice.cluster ?? context?.cluster ?? 'flags';
  const userName = choice.user ?? context?.user ?? 'flags';
  const changed: Kubeconfig = {
    ...kubeconfig,
    clusters: withFields(kubeconfig.clusters, clusterName, cluster, { extensions: [] } as never),
    users: withFields(kubeconfig.users, userName, user, { 'as-groups': [] } as never),
  };
  return fromKubeconfig(changed, { ...choice, cluster: clusterName, user: userName });
}

/** Returns the files of the kubeconfig: the flag's, those of KUBECONFIG, or the one in the home folder. */
export function kubeconfigPaths(flag: string | undefined): readonly string[] {
  if (flag !== undefined && flag !== '') return [flag];
  const listed = process.env.KUBECONFIG?.split(delimiter).filter((path) => path !== '') ?? [];
  return listed.length > 0 ? [...new Set(listed)] : [join(process.env.HOME || homedir(), '.kube', 'config')];
}

/** Returns the entries with some fields of one replaced. An entry that is not there is made. */
function withFields<T>(
  entries: ReadonlyMap<string, Entry<T>>,
  name: string,
  fields: Partial<T>,
  empty: T,
): ReadonlyMap<string, Entry<T>> {
  const { value, file } = entries.get(name) ?? { value: empty, file: join(process.cwd(), 'flags') };
  return new Map([...entries, [name, { value: { ...value, ...fields }, file }]]);
}

function clusterFields(flags: ProxyFlags): Partial<KubeconfigCluster> {
  const server = flags.text('server');
  const authority = flags.text('certificate-authority');
  const serverName = flags.text('tls-server-name');
  const insecure = flags.bool('insecure-skip-tls-verify');
  return {
    // As kubectl: a server without a scheme takes plain HTTP.
    ...(server === undefined ? {} : { server: server.includes('://') ? server : `http://${server}` }),
    ...(authority === undefined
      ? {}
      : {
          'certificate-authority': absolute(authority),
          'certificate-authority-data': undefined,
          'insecure-skip-tls-verify': undefined,
        }),
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(insecure
      ? {
          'insecure-skip-tls-verify': true,
          'certificate-authority': undefined,
          'certificate-authority-data': undefined,
        }
      : {}),
  };
}

function userFields(flags: ProxyFlags): Partial<KubeconfigUser> {
  const [token, username, password] = [flags.text('token'), flags.text('username'), flags.text('password')];
  const [certificate, key] = [flags.text('client-certificate'), flags.text('client-key')];
  const [as, uid, groups] = [flags.text('as'), flags.text('as-uid'), flags.list('as-group')];
  return {
    ...(token === undefined ? {} : { token, tokenFile: undefined, username: undefined, password: undefined }),
    ...(username === undefined ? {} : { username, token: undefined, tokenFile: undefined }),
    ...(password === undefined ? {} : { password }),
    ...(certificate === undefined
      ? {}
      : { 'client-certificate': absolute(certificate), 'client-certificate-data': undefined }),
    ...(key === undefined ? {} : { 'client-key': absolute(key), 'client-key-data': undefined }),
    ...(as === undefined ? {} : { as }),
    ...(uid === undefined ? {} : { 'as-uid': uid }),
    ...(groups === undefined ? {} : { 'as-groups': [...groups] }),
  };
}

function absolute(path: string): string {
  return join(path.startsWith('/') ? '' : process.cwd(), path);
}
