import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Pod, Service } from '../../generated/core/v1.js';
import { ClusterRole, ClusterRoleBinding } from '../../generated/rbac.authorization.k8s.io/v1.js';
import { connectGateway, type GatewayClient } from '../../src/browser/index.js';
import { type LocalCluster, startCluster } from '../../src/cluster/index.js';
import { OutputWindow } from '../../src/gateway/streams/output-window.js';
import type { Cluster } from '../../src/sdk/index.js';
import { turn } from '../../src/util/next-turn.js';
import { Site } from './site.js';

const web = { namespace: 'default', name: 'web' };

let local: LocalCluster;
let cluster: Cluster;
let site: Site;
const clients: GatewayClient[] = [];

beforeAll(async () => {
  local = await startCluster({
    nodes: 1,
    images: {
      'web:*': ({ serve, log, onExec }) => {
        log('first');
        log('sécond');
        serve(80, async (request) => new Response(`${request.method} ${await request.text()}`, { status: 201 }));
        onExec(async ({ command, stdin, write, writeError }) => {
          if (command[0] === 'flood') for (let at = 0; at < 200; at++) write('x'.repeat(10_000));
          if (command[0] === 'cat') for await (const chunk of stdin) write(chunk);
          writeError(`ran ${command.join(' ')}`);
          return command[0] === 'fail' ? 3 : 0;
        });
      },
    },
  });
  cluster = await local.connect();
  const labels = { app: 'web' };
  const containers = [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }];
  await cluster
    .resource(Pod)
    .in('default')
    .create({ metadata: { name: 'web', labels }, spec: { containers } });
  const ports = [{ port: 8080, targetPort: 80 }];
  await cluster
    .resource(Service)
    .in('default')
    .create({ metadata: { name: 'web' }, spec: { selector: labels, ports } });
  await cluster
    .resource(Pod)
    .in('default')
    .waitFor('web', (pod) => pod?.status?.phase === 'Running');
  const apiGroup = 'rbac.authorization.k8s.io';
  const resources = [
    'pods',
    'pods/log',
    'pods/exec',
    'pods/attach',
    'pods/portforward',
    'pods/proxy',
    'services',
    'services/proxy',
  ];
  await cluster.resource(ClusterRole).create({
    metadata: { name: 'streams' },
    rules: [{ apiGroups: [''], resources, verbs: ['get', 'list', 'watch', 'create'] }],
  });
  await cluster.resource(ClusterRoleBinding).create({
    metadata: { name: 'streams' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'streams' },
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  });
  site = await Site.start(cluster, { resources: [{ apiVersion: 'v1', kind: '*' }] });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await site.close();
  await local.close();
});

/** A page of a user, as `keelson/browser` makes it. */
function page(user: string, at: Site = site): GatewayClient {
  class PageSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { cookie: `user=${user}`, origin: at.url } });
    }
  }
  const client = connectGateway({ url: `${at.url}/k8s`, webSocket: PageSocket as never });
  clients.push(client);
  return client;
}

/** Reads a stream to its end. */
async function read(
  stream: ReturnType<GatewayClient['exec']>,
): Promise<{ stdout: string; stderr: string; end: unknown }> {
  const outputs = { stdout: '', stderr: '' };
  for await (const { from, data } of stream) outputs[from] += data;
  return { ...outputs, end: await stream.end };
}

describe('a page over the gateway', () => {
  it('shows logs line by line', async () => {
    const lines: string[] = [];
    for await (const line of page('jane').logs({ ...web, tail: 2 })) lines.push(line);
    expect(lines).toEqual(['first', 'sécond']);
  });

  it('runs a command, with input that is sent before it runs, and tells its exit code', async () => {
    const jane = page('jane');
    const cat = jane.exec({ ...web, command: ['cat'] });
    cat.write('héllo ');
    cat.write('there');
    cat.endInput();
    expect(await read(cat)).toEqual({ stdout: 'héllo there', stderr: 'ran cat', end: { exitCode: 0 } });
    expect(await read(jane.exec({ ...web, command: ['fail'] }))).toMatchObject({ end: { exitCode: 3 } });
  });

  it('reads more than fits between the gateway and the page', async () => {
    const { stdout } = await read(page('jane').exec({ ...web, command: ['flood'] }));
    expect(stdout).toHaveLength(2_000_000);
  });

  it('talks to a port of a pod and of a service', async () => {
    for (const target of [
      { ...web, port: 80 },
      { ...web, kind: 'Service', port: 8080 },
    ]) {
      const port = page('jane').connectPort(target);
      port.write(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok').toString('base64'));
      let answer = '';
      for await (const { data } of port) {
        answer += Buffer.from(data, 'base64').toString();
        if (answer.includes('POST ok')) break;
      }
      expect(answer).toContain('HTTP/1.1 201');
    }
  });

  it('previews a page of a pod and of a service', async () => {
    const { actions } = page('jane');
    const request = { ...web, path: '/a?b=c', method: 'POST', body: 'ok' };
    for (const target of [
      { kind: 'Pod', port: 80 },
      { kind: 'Service', port: 8080 },
    ] as const) {
      const answer = await actions.preview({ ...request, ...target });
      expect({ ...answer, body: Buffer.from(answer.body, 'base64').toString() }).toMatchObject({
        status: 201,
        body: 'POST ok',
      });
    }
    const forged = { ...request, headers: { 'X-Remote-User': 'root' } };
    await expect(actions.preview(forged)).rejects.toMatchObject({ status: 400 });
  });

  it('opens nothing for a user without the right', async () => {
    const bob = page('bob');
    const refused = { status: 403, reason: 'Forbidden' };
    await expect(bob.exec({ ...web, command: ['date'] }).end).rejects.toMatchObject(refused);
    await expect(bob.connectPort({ ...web, port: 80 }).end).rejects.toMatchObject(refused);
    await expect(bob.logs(web).next()).rejects.toMatchObject(refused);
    expect(await bob.actions.preview({ ...web, path: '/' })).toMatchObject({ status: 403 });
  });

  it('opens nothing that the platform does not offer', async () => {
    await using strict = await Site.start(cluster, {
      resources: [{ apiVersion: 'v1', kind: 'Pod' }],
      actions: ['me', 'logs'],
    });
    const jane = page('jane', strict);
    const refused = { status: 403, reason: 'Forbidden' };
    expect(await jane.actions.me()).toMatchObject({ user: 'jane' });
    await expect(jane.exec({ ...web, command: ['date'] }).end).rejects.toMatchObject(refused);
    await expect(jane.actions.get(Pod, web)).rejects.toMatchObject(refused);
    await expect(jane.logs({ ...web, kind: 'Service' }).next()).rejects.toMatchObject(refused);
    jane.close();
  });

  it('lists live, as the page asks for it', async () => {
    const query = page('jane').live(Pod, { group: 'status.phase', columns: ['status.phase'] });
    const shown = await new Promise<unknown>((resolve) => {
      const stop = query.subscribe(() => {
        const snapshot = query.getSnapshot();
        if (snapshot.status !== 'live') return;
        stop();
        resolve(snapshot);
      });
    });
    expect(shown).toMatchObject({ total: 1, counts: { Running: 1 } });
  });
});

it('makes a source wait for a page that does not read', async () => {
  const sent: string[] = [];
  const window = new OutputWindow((data) => sent.push(data));
  let done = false;
  const writing = window.write('x'.repeat(1_000_000), 'stdout').then(() => {
    done = true;
  });
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(sent.join('')).toHaveLength(256 * 1024);
  window.read(100 * 1024);
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(sent.join('').length).toBeLessThan(400 * 1024);
  expect(done).toBe(false);
  window.close();
  await writing;
});
