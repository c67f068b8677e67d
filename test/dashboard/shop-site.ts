import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { type FunctionImage, type LocalCluster, startCluster } from '../../src/cluster/index.js';
import type { ClusterConfig } from '../../src/config/cluster-config.js';
import { fromKubeconfig } from '../../src/config/from-kubeconfig.js';
import { loadKubeconfig } from '../../src/config/kubeconfig.js';
import { type Dashboard, startDashboard } from '../../src/dashboard/start-dashboard.js';
import { ROOT } from '../helpers/repo.js';

/** Shows whether scripts of a pod's page run: they must not run in the preview. */
const script = `document.body.append(Object.assign(document.createElement('p'), { textContent: 'the script ran' }))`;
const servedPage = `<!doctype html><h1>Welcome to the shop</h1><script>${script}</script>`;

const shell: FunctionImage = ({ serve, log, onExec, podName }) => {
  log(`${podName} listens`);
  serve(80, ({ url, headers }) =>
    new URL(url).pathname === '/cookies'
      ? new Response(headers.get('cookie') ?? 'no cookie')
      : new Response(servedPage, { headers: { 'content-type': 'text/html' } }),
  );
  onExec(async ({ write, stdin }) => {
    write('$ ');
    for await (const bytes of stdin) {
      const text = new TextDecoder().decode(bytes);
      write(text.replaceAll('\r', '\r\n'));
      if (text.includes('\u0004')) return 0;
    }
    return 0;
  });
};

/** A cluster with a shop in it, and dashboards for its administrator and for jane, who has rights in one namespace. */
export interface ShopSite extends AsyncDisposable {
  readonly local: LocalCluster;
  readonly admin: Dashboard;
  readonly jane: Dashboard;
  /** Returns a code that has not been used for a dashboard. */
  codeFor(dashboard: Dashboard): string;
}

/** Builds the page and starts a cluster with its dashboards. */
export async function startShopSite(): Promise<ShopSite> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-dashboard-'));
  const page = join(folder, 'page');
  await build({
    configFile: join(ROOT, 'examples/dashboard/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: page },
  });
  const local = await startCluster({ nodes: 3, images: { '*': shell } });
  const cluster = await local.connect();
  await cluster.apply(await readFile(join(ROOT, 'test/dashboard/shop.yaml'), 'utf8'));
  await cluster.close();
  const kubeconfig = await loadKubeconfig([await local.server.writeKubeconfig(join(folder, 'kubeconfig'))]);
  const admin = await fromKubeconfig(kubeconfig);
  const codes = new Map<Dashboard, string>();
  const start = async (name: string, namespace: string, config: ClusterConfig): Promise<Dashboard> => {
    const contexts = [name, `${name}-again`].map((one) => ({ name: one, namespace, config: async () => config }));
    const dashboard: Dashboard = await startDashboard({
      address: '127.0.0.1',
      port: 0,
      contexts,
      page: pathToFileURL(`${page}/`),
      onCode: (code) => codes.set(dashboard, code),
    });
    codes.set(dashboard, dashboard.code);
    return dashboard;
  };
  const dashboards = [
    await start('admin', 'default', admin),
    await start('jane', 'shop', { ...admin, impersonate: { user: 'jane', groups: ['dev'] } }),
  ] as const;
  return {
    local,
    admin: dashboards[0],
    jane: dashboards[1],
    codeFor: (dashboard) => codes.get(dashboard) ?? '',
    async [Symbol.asyncDispose]() {
      await Promise.all(dashboards.map((one) => one.close()));
      await local.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
