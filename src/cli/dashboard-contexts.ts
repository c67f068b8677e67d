import { existsSync } from 'node:fs';
import { fromKubeconfig } from '../config/from-kubeconfig.js';
import { type Kubeconfig, loadKubeconfig, mergeKubeconfigs, parseKubeconfig } from '../config/kubeconfig.js';
import type { DashboardContext } from '../dashboard/start-dashboard.js';
import { clusterOf, kubeconfigPaths } from './proxy-cluster.js';
import type { ProxyFlags } from './proxy-flags.js';

/** Flags that change the cluster or the user: with them the page shows that one cluster. */
const fieldFlags = [
  ...['as', 'as-group', 'as-uid', 'certificate-authority', 'client-certificate', 'client-key', 'cluster'],
  ...['context', 'insecure-skip-tls-verify', 'password', 'server', 'tls-server-name', 'token', 'user', 'username'],
];

/** Returns the contexts that the flags of `keelson dashboard` name, the current one first. */
export async function dashboardContexts(flags: ProxyFlags): Promise<DashboardContext[]> {
  const kubeconfig = await loadKubeconfig(kubeconfigPaths(flags.text('kubeconfig')));
  if (kubeconfig.contexts.size === 0 || fieldFlags.some((name) => flags.text(name) !== undefined)) {
    const config = await clusterOf(flags);
    return [{ name: config.context ?? 'default', namespace: config.namespace, config: async () => config }];
  }
  return allContexts(kubeconfig);
}

/** Returns the contexts of the text of a kubeconfig. */
export async function contextsOf(text: string): Promise<DashboardContext[]> {
  return allContexts(mergeKubeconfigs([{ path: 'kubeconfig', file: await parseKubeconfig(text, 'kubeconfig') }]));
}

function allContexts(kubeconfig: Kubeconfig): DashboardContext[] {
  const current = kubeconfig.currentContext;
  const names = [...kubeconfig.contexts.keys()].sort((a, b) => Number(b === current) - Number(a === current));
  return names.map((context) => ({
    name: context,
    namespace: kubeconfig.contexts.get(context)?.value.namespace ?? 'default',
    config: () => fromKubeconfig(kubeconfig, { context }),
  }));
}

/** Returns the folder of the built page, in the package and in the repository; undefined where it is not built. */
export function dashboardPage(): URL | undefined {
  const folders = ['../../dashboard/', '../../dist/dashboard/'].map((path) => new URL(path, import.meta.url));
  return folders.find((folder) => existsSync(new URL('index.html', folder)));
}
