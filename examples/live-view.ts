// A whole cluster in one process: a Deployment rolls, a node dies, its pods move. A table of its nodes and pods follows by informers.
// `npm start` runs it; Ctrl-C ends it. `--rounds N` ends it after N rollouts.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isApiError } from 'keelson';
import { startCluster } from 'keelson/cluster';
import { Deployment, Node, Pod } from 'keelson/k8s';

const stop = new AbortController();
const { signal } = stop;
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const rounds = process.argv.includes('--rounds')
  ? Number(process.argv[process.argv.indexOf('--rounds') + 1])
  : Number.POSITIVE_INFINITY;

const folder = await mkdtemp(join(tmpdir(), 'keelson-'));
const started = performance.now();
// Nodes count as lost after five seconds, so that there is something to see.
const nodeLifecycle = { nodeMonitorPeriodMs: 1000, nodeMonitorGracePeriodMs: 5000, nodeEvictionRate: 1 };
await using local = await startCluster({ nodes: 4, nodeLifecycle, leaseDurationSeconds: 4 });
const took = performance.now() - started;
const kubeconfig = await local.writeKubeconfig(join(folder, 'kubeconfig'));
await using cluster = await local.connect();

console.log(`
  keelson: a cluster of ${local.nodeNames.length} nodes in this process, ready in ${took.toFixed(0)} ms

  Server    ${local.url}
  Second terminal:
    export KUBECONFIG=${kubeconfig}
    kubectl get pods -w
`);

// The dashboard is another process: its page and its program come from the build.
const program = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const dashboard = existsSync(program)
  ? spawn(process.execPath, [program, 'dashboard', '--kubeconfig', kubeconfig, '--port', '0'], { stdio: 'inherit' })
  : undefined;
if (dashboard === undefined) console.log('  Dashboard: run `npm run build` first.\n');

const nodes = cluster.informer(Node);
const pods = cluster.informer(Pod, { namespace: 'default' });
const deployments = cluster.resource(Deployment).in('default');
const labels = { app: 'shop' };
const isTerminal = process.stdout.isTTY;
let news = 'the Deployment shop comes up';
let lines = 0;

/** Prints the table anew: in a terminal over the last one. */
function draw(): void {
  const rows = nodes.lister
    .list()
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map(({ metadata: { name }, status }) => {
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      const marks = pods.lister
        .list()
        .filter(({ spec }) => spec?.nodeName === name)
        .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
        .map(mark);
      return `  ${name.padEnd(8)} ${isReady ? 'Ready   ' : 'NotReady'}  ${marks.join(' ')}`;
    });
  const text = [`  +${((performance.now() - started) / 1000).toFixed(1)} s  ${news}`, ...rows, ''];
  const up = isTerminal && lines > 0 ? `\x1b[${lines}A\x1b[0J` : '';
  process.stdout.write(`${up}${text.join('\n')}\n`);
  lines = text.length;
}

/** Returns a pod as its version: in brackets while it starts, with a minus while it ends. */
function mark({ metadata, spec, status }: ReturnType<typeof pods.lister.list>[number]): string {
  const version = spec?.containers[0]?.image?.split(':')[1] ?? '';
  if (metadata.deletionTimestamp !== undefined) return `-${version}`;
  return status?.phase === 'Running' ? version : `(${version})`;
}

let isDrawn = true;
/** Draws soon, once for all changes of a moment. */
function changed(): void {
  if (!isDrawn) return;
  isDrawn = false;
  setTimeout(
    () => {
      isDrawn = true;
      if (!signal.aborted) draw();
    },
    isTerminal ? 100 : 1000,
  ).unref();
}

/** Waits until the Deployment has all its pods, of the newest version. */
async function settled(): Promise<void> {
  for await (const { message } of deployments.rollout('shop', { signal, timeoutMs: 60_000 })) news = message;
}

/** Rolls the Deployment, then lets a node die and come back. */
async function act(): Promise<void> {
  const template = (version: number) => ({
    metadata: { labels },
    spec: {
      // The pods of a lost node move at once, and not after five minutes.
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists' as const,
        effect: 'NoExecute' as const,
        tolerationSeconds: 1,
      })),
      containers: [{ name: 'shop', image: `shop:v${version}` }],
    },
  });
  const spec = { replicas: 12, selector: { matchLabels: labels }, template: template(1) };
  await deployments.create({ metadata: { name: 'shop' }, spec });
  await settled();
  for (let round = 1; round <= rounds; round++) {
    news = `shop rolls to v${round + 1}`;
    await deployments.update('shop', (draft) => {
      if (draft.spec) draft.spec.template = template(round + 1);
    });
    await settled();
    const name = local.nodeNames[round % local.nodeNames.length] ?? '';
    news = `${name} dies, its pods move to the others`;
    await local.node(name).stop();
    await sleep(12_000, undefined, { signal });
    await settled();
    news = `${name} is back`;
    await local.node(name).start();
    await sleep(3000, undefined, { signal });
  }
}

for (const informer of [nodes, pods]) {
  informer.subscribeKeys(changed);
  await informer.start({ signal });
}
try {
  await act();
} catch (error) {
  // A visitor may have deleted the Deployment.
  if (!signal.aborted && !isApiError(error)) throw error;
} finally {
  stop.abort();
  dashboard?.kill();
  await Promise.all([nodes.stop(), pods.stop()]);
  await rm(folder, { recursive: true });
  console.log('\n  stopped.');
}
