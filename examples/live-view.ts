// A whole cluster API in one process: a reference server, a typed client that changes things, and a live view that follows
// them by LIST+WATCH. `npm start` runs it; Ctrl-C ends it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, formatTime, type Stored, watcher } from 'keelson';
import { Deployment, Namespace, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
// `--rounds N` ends the show by itself, for scripts; without it it goes on until Ctrl-C.
const rounds = process.argv.includes('--rounds')
  ? Number(process.argv[process.argv.indexOf('--rounds') + 1])
  : Infinity;

const folder = await mkdtemp(join(tmpdir(), 'keelson-'));
const started = performance.now();
await using server = await startServer();
const took = performance.now() - started;
const kubeconfig = await server.writeKubeconfig(join(folder, 'kubeconfig'));
await using cluster = await server.connect();

console.log(`
  keelson: a Kubernetes API server in this process, ready in ${took.toFixed(0)} ms

  Server    ${server.url}
  Second terminal:
    export KUBECONFIG=${kubeconfig}
    kubectl get pods -A -w
    npx keelson dashboard    # in a browser: http://127.0.0.1:8002 (in this repository after npm run build)
`);

const pods = cluster.resource(Pod);
const namespaces = ['shop', 'blog'];
const row = (...cells: string[]) => {
  const widths = [9, 9, 10, 20, 9, 8];
  return `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')}`.trimEnd();
};
console.log(row('TIME', 'EVENT', 'NAMESPACE', 'POD', 'PHASE', 'NODE'));

/** Prints every change of a pod until the example ends. The watcher reconnects by itself. */
async function view(): Promise<void> {
  const known = new Set<string>();
  for await (const event of watcher(pods, { signal: stop.signal })) {
    if (event.type === 'interrupted') console.log(row(now(), 'lost', String(event.error)));
    if (event.type !== 'apply' && event.type !== 'delete') continue;
    const { uid } = event.object.metadata;
    const what = event.type === 'delete' ? 'deleted' : known.has(uid) ? 'modified' : 'added';
    if (event.type === 'delete') known.delete(uid);
    else known.add(uid);
    show(what, event.object);
  }
}

const marks: Record<string, string> = { added: '32', modified: '33', deleted: '31' };

function show(what: string, pod: Stored<Pod, 'Namespaced'>): void {
  const { name, namespace } = pod.metadata;
  const line = row(now(), what, namespace, name, pod.status?.phase ?? '-', pod.spec?.nodeName ?? '-');
  console.log(process.stdout.isTTY ? line.replace(what, `\x1b[${marks[what] ?? '0'}m${what}\x1b[0m`) : line);
}

function now(): string {
  return `+${((performance.now() - started) / 1000).toFixed(2)}s`;
}

/** Plays the controllers and kubelets, slowly enough to watch. Visitors may change and delete anything meanwhile. */
async function change(): Promise<void> {
  for (const name of namespaces)
    for (let i = 0; i < 2; i++) await attempt(async () => addPod(await deploymentIn(name)));
  for (let round = 0; round < rounds; round++) {
    await sleep(2500, undefined, { signal: stop.signal });
    const namespace = namespaces[round % namespaces.length] ?? 'shop';
    await attempt(async () => {
      const { items } = await pods
        .in(namespace)
        .list({ labels: { app: 'web' } })
        .page();
      const oldest = items.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))[0];
      if (oldest) await pods.in(namespace).delete(oldest.metadata.name, { gracePeriodSeconds: 0 });
      await addPod(await deploymentIn(namespace));
    });
  }
}

/** Runs one step. A step that fails because somebody changed or deleted its objects is reported and left out. */
async function attempt(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (stop.signal.aborted || !(error instanceof ApiError)) throw error;
    console.log(row(now(), 'skipped', error.message.split('\n', 1)[0] ?? ''));
  }
}

/** Returns the deployment `web` of a namespace. Creates both where they are missing. */
async function deploymentIn(name: string): Promise<Stored<Deployment, 'Namespaced'>> {
  const namespace = cluster.resource(Namespace);
  if ((await namespace.find(name)) === undefined) await namespace.create({ metadata: { name } });
  const deployments = cluster.resource(Deployment).in(name);
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  return (await deployments.find('web')) ?? (await deployments.create({ metadata: { name: 'web' }, spec }));
}

let serial = 0;

async function addPod(owner: Stored<Deployment, 'Namespaced'>): Promise<void> {
  const { name, namespace } = owner.metadata;
  const inNamespace = pods.in(namespace);
  const { metadata } = await inNamespace.create({
    metadata: { generateName: `${name}-`, labels: { app: name } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] },
  });
  await pause();
  await inNamespace.bind(metadata.name, `node-${(serial++ % 3) + 1}`);
  await pause();
  const podIP = `10.0.0.${(serial % 250) + 1}`;
  const startedAt = formatTime(Date.now());
  const running = { name: 'web', image: 'nginx:1.29', imageID: 'none', ready: true, restartCount: 0 };
  await inNamespace.subresource('status').update(metadata.name, (pod) => {
    pod.status = {
      ...pod.status,
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ ...running, state: { running: { startedAt } } }],
    };
  });
}

async function pause(): Promise<void> {
  await sleep(250, undefined, { signal: stop.signal });
}

const viewing = view();
try {
  await change();
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  stop.abort();
  await viewing.catch(() => undefined);
  await rm(folder, { recursive: true });
  console.log('\n  stopped.');
}
