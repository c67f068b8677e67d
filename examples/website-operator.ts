// An operator: websites, a kind of its own, and what makes them so. Read examples/website-operator/ from website.ts on.
//
//   node dist/examples/website-operator.js                 a show: a server in this process, the operator, and one website's life
//   node dist/examples/website-operator.js --manifests ops | kubectl apply -f -    its account, rights, Service and webhook
//   node dist/examples/website-operator.js --in-cluster    in a pod, or by your kubeconfig, until it is asked to end
import { connect, findCondition } from 'keelson';
import { Deployment, Lease, Namespace } from 'keelson/k8s';
import { Event } from 'keelson/k8s/events.k8s.io/v1';
import { startServer } from 'keelson/server';
import { manifests } from './website-operator/manifests.js';
import { WebsiteOperator } from './website-operator/operator.js';
import { Website } from './website-operator/website.js';

async function inCluster(): Promise<void> {
  await using cluster = await connect({ userAgent: 'website-operator/1' });
  const operator = new WebsiteOperator(cluster, {
    namespace: cluster.namespace,
    health: { port: 8081, host: '0.0.0.0' },
    webhook: { certificate: { certFile: '/certs/tls.crt', keyFile: '/certs/tls.key' }, host: '0.0.0.0' },
  });
  await operator.run(); // until SIGTERM; rejects when leadership is lost, so that a new process stands by
}

async function show(): Promise<void> {
  await using server = await startServer();
  await using cluster = await server.connect();
  for (const name of ['shop', 'ops']) await cluster.resource(Namespace).create({ metadata: { name } });

  const stop = new AbortController();
  const operator = new WebsiteOperator(await server.connect(), { namespace: 'ops' });
  const running = operator.run({ signal: stop.signal });
  const websites = cluster.resource(Website).in('shop');
  const deployments = cluster.resource(Deployment).in('shop');
  // The operator brings its kind along: once it leads, there can be websites.
  await cluster
    .resource(Lease)
    .in('ops')
    .waitFor('website-operator', (lease) => lease !== undefined);

  await websites.create({ metadata: { name: 'blog' }, spec: { host: 'blog.example.com', replicas: 2 } });
  const deployment = await deployments.waitFor('blog', (found) => found !== undefined);
  console.log('made    ', deployment?.metadata.name, 'with', deployment?.spec?.replicas, 'replicas');

  // What kubelets and the Deployment controller would do.
  await deployments.subresource('status').update('blog', (draft) => {
    draft.status = { observedGeneration: draft.metadata.generation, replicas: 2, readyReplicas: 2 };
  });
  const website = await websites.waitFor(
    'blog',
    (found) => findCondition(found?.status?.conditions, 'Ready')?.status === 'True',
  );
  console.log('ready   ', findCondition(website?.status?.conditions, 'Ready')?.message);

  await websites.delete('blog');
  await websites.waitFor('blog', (found) => found === undefined);
  await deployments.waitFor('blog', (found) => found === undefined);
  console.log('gone    ', 'the website, its Deployment, and its host');

  stop.abort();
  await running;
  for await (const event of cluster.resource(Event).in('shop').list()) console.log('event   ', event.note);
}

const [mode, namespace = 'default'] = process.argv.slice(2);
if (mode === '--manifests')
  console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(namespace) }));
else await (mode === '--in-cluster' ? inCluster() : show());
