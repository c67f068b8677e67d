// Simulates nodes and runs pods on them: node nodes.mjs KUBECONFIG NODES PODS
import { Deployment } from '../../dist/generated/apps/v1.js';
import { Node, Pod } from '../../dist/generated/core/v1.js';
import { ClusterComponents } from '../../dist/src/cluster/index.js';
import { connect } from '../../dist/src/index.js';

const [kubeconfig, nodes, pods] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const cluster = await connect({ kubeconfig });
const errors = new Map();
const components = new ClusterComponents(cluster, (error) => {
  const text = String(error.message ?? error).replace(/[0-9a-z]{5,}/g, '…');
  errors.set(text, (errors.get(text) ?? 0) + 1);
});
const counter = await connect({ kubeconfig });
const result = {};

/** Resolves when so many objects of the cache satisfy a condition. */
async function reached(informer, wanted, condition) {
  let count = 0;
  const done = new Promise((resolve) => {
    const change = (by) => {
      count += by;
      if (count === wanted) resolve();
    };
    informer.subscribe({
      added: (object) => change(condition(object) ? 1 : 0),
      updated: (object, old) => change(Number(condition(object)) - Number(condition(old))),
      deleted: (object) => change(condition(object) ? -1 : 0),
    });
  });
  await informer.start();
  if (count === wanted) return;
  await done;
}

const seconds = async (name, work) => {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  result[name] = { seconds: round((performance.now() - began) / 1000), cpuSeconds: round((user + system) / 1e6) };
};
const round = (number) => Math.round(number * 10) / 10;

const isReady = ({ spec, status }) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' && (spec?.taints ?? []).length === 0;
await seconds('nodesReady', async () => {
  await Promise.all([components.start({ nodes }), reached(counter.informer(Node), nodes, isReady)]);
});

const deployments = cluster.resource(Deployment).in('default');
const labels = { app: 'web' };
const resources = { requests: { cpu: '10m', memory: '10Mi' } };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx', resources }] } };
const isRunning = ({ status, metadata }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
await seconds('podsRunning', async () => {
  const running = reached(counter.informer(Pod), pods, isRunning);
  await deployments.create({
    metadata: { name: 'web' },
    spec: { replicas: pods, selector: { matchLabels: labels }, template },
  });
  await running;
});
await seconds('podsDeleted', async () => {
  const gone = reached(counter.informer(Pod), 0, () => true);
  await deployments.delete('web');
  await gone;
});
result.residentMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
result.errors = Object.fromEntries(errors);
await components.close();
await counter.close();
await cluster.close();
console.log(JSON.stringify(result));
