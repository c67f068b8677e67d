// What a living cluster costs: to start, to have thousands of nodes, to run and delete thousands of pods, to schedule.
//
//   npm run build && npm run bench -- cluster [options]
//
//   --parts a,b      of up, nodes, scheduler (default all)
//   --nodes 5000     nodes of the parts nodes and scheduler
//   --pods 10000     pods of the part nodes
//   --scheduled 2000 pods of each workload of the part scheduler
//   --workloads a,b  the workloads of the part scheduler (default all)
//   --kubeconfig F   another API server for the parts nodes and scheduler
//   --scheduler CMD  another scheduler for the part scheduler, such as "kube-scheduler --kubeconfig"
//   --json           JSON instead of lines
//
// The API server has a process of its own and is spoken to over HTTP. The nodes, the controllers and the scheduler share another.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run, start } from './server/process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '../dist/src/cli/main.js');
if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
const workloads = [
  ...['SchedulingBasic', 'SchedulingNodeAffinity', 'TopologySpreading', 'PreferredTopologySpreading'],
  ...['SchedulingPodAffinity', 'SchedulingPodAntiAffinity', 'PreferredPodAffinity', 'PreferredPodAntiAffinity'],
];
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'up,nodes,scheduler' },
    nodes: { type: 'string', default: '5000' },
    pods: { type: 'string', default: '10000' },
    scheduled: { type: 'string', default: '2000' },
    workloads: { type: 'string', default: workloads.join(',') },
    kubeconfig: { type: 'string' },
    scheduler: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const scratch = await mkdtemp(join(tmpdir(), 'keelson-bench-'));
const kubeconfig = values.kubeconfig ?? join(scratch, 'kubeconfig');
const script = (name) => join(here, 'cluster', `${name}.mjs`);
const parts = { up, nodes, scheduler };

const report = {};
try {
  for (const part of values.parts.split(',')) {
    report[part] = await parts[part]();
    if (!values.json) console.log(`${part}: ${JSON.stringify(report[part])}`);
  }
  if (values.json) console.log(JSON.stringify(report, undefined, 2));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** From nothing to the first Deployment that is available. */
async function up() {
  const path = join(scratch, 'up');
  const began = performance.now();
  const cluster = await start([main, 'up', '--kubeconfig-out', path]);
  try {
    const { availableAt } = await run([script('first-deployment'), path]);
    const origin = performance.timeOrigin + began;
    return {
      readyMs: Math.round(cluster.readyMs),
      firstDeploymentMs: Math.round(availableAt - origin),
      residentMiB: cluster.residentMiB(),
    };
  } finally {
    await cluster.stop();
  }
}

/** Nodes become ready; pods of a Deployment run, and go. */
async function nodes() {
  return withServer(async (server) => {
    const result = await run(['--max-old-space-size=4096', script('nodes'), kubeconfig, values.nodes, values.pods]);
    return { ...result, serverCpuSeconds: server?.cpuSeconds(), serverMiB: server?.residentMiB() };
  });
}

/** Pods that are there already are given nodes, one workload of scheduler_perf after the other. */
async function scheduler() {
  return withServer(async () => {
    await run([script('workloads'), 'prepare', kubeconfig, values.nodes]);
    const rates = {};
    for (const name of values.workloads.split(',')) {
      await run([script('workloads'), 'create', kubeconfig, values.scheduled, name]);
      const measuring = await start([script('workloads'), 'measure', kubeconfig, values.scheduled, name]);
      const scheduler = await startScheduler();
      const result = JSON.parse(await measuring.next());
      rates[name] = { ...result, schedulerCpuSeconds: scheduler.cpuSeconds?.() };
      await scheduler.stop();
    }
    return rates;
  });
}

async function startScheduler() {
  if (values.scheduler === undefined) {
    return start([main, 'scheduler', '--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port=0']);
  }
  const [command, ...rest] = values.scheduler.split(' ');
  const child = spawn(command, [...rest, kubeconfig], { stdio: 'ignore' });
  return { stop: async () => child.kill() };
}

async function withServer(work) {
  if (values.kubeconfig !== undefined) return work(undefined);
  const server = await start([main, 'serve', '--insecure-port', '0', '--kubeconfig-out', kubeconfig]);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}
