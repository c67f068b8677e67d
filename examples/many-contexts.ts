// Many clusters at once: every context of a kubeconfig is asked the same, side by side, and one that does not answer holds up nobody.
// `node dist/examples/many-contexts.js` makes two clusters in this process and a third that is not there; with a path as argument it
// asks the contexts of that kubeconfig, named after it: `many-contexts.js ~/.kube/config dev staging`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, isKubeError, writeKubeconfig } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { startServer } from 'keelson/server';

const [given, ...names] = process.argv.slice(2);
await using dev = await startServer();
await using staging = await startServer();
const folder = await mkdtemp(join(tmpdir(), 'many-contexts-'));
const kubeconfig = given ?? join(folder, 'config');
const contexts = given === undefined ? ['dev', 'staging', 'gone'] : names;

if (given === undefined) {
  const servers = { dev: dev.url, staging: staging.url, gone: 'http://127.0.0.1:1' };
  await writeKubeconfig(kubeconfig, {
    clusters: Object.entries(servers).map(([name, server]) => ({ name, cluster: { server } })),
    users: [{ name: 'me', user: {} }],
    contexts: contexts.map((name) => ({ name, context: { cluster: name, user: 'me' } })),
    'current-context': 'dev',
  });
}

const lines = await Promise.all(
  contexts.map(async (context) => {
    await using cluster = await connect({ kubeconfig, context, retry: { retries: 1 } });
    try {
      const { items } = await cluster.resource(Namespace).list({ timeoutMs: 5000 }).page();
      return `${context.padEnd(10)} ${items.length} namespaces`;
    } catch (error) {
      if (!isKubeError(error)) throw error;
      return `${context.padEnd(10)} ${error.message}`;
    }
  }),
);
console.log(lines.join('\n'));
await rm(folder, { recursive: true });
