import type { Cluster } from 'keelson';
import { type LocalCluster, startCluster } from 'keelson/cluster';
import { Deployment, Service } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let local: LocalCluster;
let cluster: Cluster;
beforeAll(async () => {
  local = await startCluster({
    nodes: 2,
    images: {
      'nginx:*': ({ serve, log, onExec }) => {
        log('serving');
        serve(80, () => new Response('hello'));
        onExec(({ command, write }) => write(`ran ${command.join(' ')}`));
      },
    },
  });
  cluster = await local.connect();
});
afterAll(() => local.close());

describe('a cluster whose containers are functions', () => {
  it('rolls out a Deployment that is reached through its Service', async () => {
    await cluster
      .resource(Deployment)
      .in('default')
      .create({
        metadata: { name: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'web', image: 'nginx:1', ports: [{ containerPort: 80 }] }] },
          },
        },
      });
    await cluster
      .resource(Service)
      .in('default')
      .create({
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      });
    for await (const _ of cluster.resource(Deployment).in('default').rollout('web', { timeoutMs: 20_000 }));
    const answer = () => cluster.resource(Service).in('default').proxy('web', { port: 80 }).fetch('/');
    await expect.poll(async () => (await answer()).text(), { timeout: 10_000 }).toBe('hello');
  });

  it('has logs and exec', async () => {
    const web = cluster.resource(Deployment).in('default');
    expect(await web.logs('web').text()).toBe('serving\n');
    expect(await web.exec('web', ['date', '-u'])).toMatchObject({ stdout: 'ran date -u', exitCode: 0 });
  });
});
