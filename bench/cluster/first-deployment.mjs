// Creates a Deployment and prints when it is available: node first-deployment.mjs KUBECONFIG
import { Deployment } from '../../dist/generated/apps/v1.js';
import { available, connect } from '../../dist/src/index.js';

const cluster = await connect({ kubeconfig: process.argv[2] });
const deployments = cluster.resource(Deployment).in('default');
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
await deployments.create({
  metadata: { name: 'web' },
  spec: { replicas: 1, selector: { matchLabels: labels }, template },
});
await deployments.waitFor('web', available, { timeoutMs: 60_000 });
console.log(JSON.stringify({ availableAt: performance.timeOrigin + performance.now() }));
await cluster.close();
