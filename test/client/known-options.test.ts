import { Cluster, connect, type InformerHandlers, isInvalidRequestError, jsonPatch, watcher } from 'keelson';
import { Controller, EventRecorder, LeaderElector, Manager, owned, WebhookServer, watched } from 'keelson/controller';
import { ConfigMap, Deployment, Node, Pod, Secret, ServiceAccount } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { describe, expect, test } from 'vitest';
import { FakeTransport } from './fake-transport.js';

const sent: string[] = [];
const cluster = new Cluster(
  new FakeTransport(({ method, path }) => {
    sent.push(`${method} ${path}`);
    return { body: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: {}, items: [] } };
  }),
);
const maps = cluster.resource(ConfigMap).in('shop');
const pods = cluster.resource(Pod).in('shop');
const accounts = cluster.resource(ServiceAccount).in('shop');

async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return isInvalidRequestError(error) ? error.message : `not refused as invalid: ${String(error)}`;
  }
  return 'not refused';
}

describe('options that do not exist', () => {
  const odd = (options: object) => options as never;

  test.each<[string, () => unknown, string]>([
    ['connect', () => connect(odd({ servr: 'https://127.0.0.1:6443' })), 'server'],
    ['informer', () => cluster.informer(ConfigMap, odd({ namespaces: 'shop' })), 'namespace'],
    ['subscribe', () => cluster.informer(ConfigMap).subscribe({}, odd({ resync: 1 })), 'resyncMs'],
    [
      'subscribe',
      () => cluster.informer(ConfigMap).subscribe(odd({ add: () => {} }) as InformerHandlers<ConfigMap>),
      'added',
    ],
    ['watcher', () => watcher(maps, odd({ lables: 'a' })).next(), 'labels'],
    ['get', () => maps.get('x', odd({ timeout: 1 })), 'timeoutMs'],
    ['list', () => maps.list(odd({ label: 'a' })), 'labels'],
    ['watch', () => maps.watch(odd({ bookmark: true })), 'bookmarks'],
    ['create', () => maps.create({ metadata: { name: 'x' } }, odd({ dryrun: true })), 'dryRun'],
    ['replace', () => maps.replace({ metadata: { name: 'x' } }, odd({ dryrun: true })), 'dryRun'],
    ['update', () => maps.update('x', () => {}, odd({ attempt: 1 })), 'attempts'],
    ['patch', () => maps.patch('x', jsonPatch([]), odd({ manager: 'm', fieldManagr: 'm' })), 'fieldManager'],
    ['apply', () => maps.apply({ metadata: { name: 'x' } }, odd({ manager: 'm', forced: true })), 'force'],
    ['delete', () => maps.delete('x', odd({ propagate: 'orphan' })), 'propagation'],
    ['deleteAll', () => maps.deleteAll(odd({ labelSelector: 'a=b' })), 'labels'],
    ['waitFor', () => maps.waitFor('x', () => true, odd({ timeout: 1 })), 'timeoutMs'],
    ['find', () => maps.find('x', odd({ timeout: 1 })), 'timeoutMs'],
    ['table.get', () => maps.table.get('x', odd({ timeout: 1 })), 'timeoutMs'],
    ['table.list', () => maps.table.list(odd({ label: 'a' })), 'labels'],
    ['raw', () => cluster.raw(odd({ path: '/livez', methd: 'GET' })), 'method'],
    ['cluster.apply', () => cluster.apply([], odd({ dryrun: true })), 'dryRun'],
    ['createToken', () => accounts.createToken('x', odd({ audience: 'a' })), 'audiences'],
    ['can', () => cluster.can(odd({ verb: 'get', resource: Pod, ns: 'a' })), 'namespace'],
    ['cluster.logs', () => cluster.logs(odd({ label: 'a' })), 'labels'],
    ['logs', () => pods.logs('x', odd({ folow: true })), 'follow'],
    ['exec', () => pods.exec('x', ['date'], odd({ timeout: 1 })), 'timeoutMs'],
    ['openExec', () => pods.openExec('x', ['date'], odd({ ttty: true })), 'tty'],
    ['portForward', () => pods.portForward('x', 80, odd({ localport: 1 })), 'localPort'],
    ['copy', () => pods.copyTo('x', 'a', 'b', odd({ onprogress: () => {} })), 'onProgress'],
    ['debug', () => pods.debug('x', odd({ image: 'busybox', targets: 'a' })), 'target'],
    ['proxy', () => pods.proxy('x', odd({ portt: 1 })), 'port'],
    ['evict', () => pods.evict('x', odd({ gracePeriod: 1 })), 'gracePeriodSeconds'],
    ['drain', () => cluster.resource(Node).drain('x', odd({ forced: true })), 'force'],
    ['start', () => cluster.informer(ConfigMap).start(odd({ timeout: 1 })), 'timeoutMs'],
    ['Controller', () => new Controller(odd({ for: Pod, reconcile: () => {}, concurency: 2 })), 'concurrency'],
    ['owned', () => owned(Pod, odd({ label: 'a' })), 'labels'],
    ['watched', () => watched(Pod, () => [], odd({ label: 'a' })), 'labels'],
    ['Manager', () => new Manager(cluster, odd({ controler: [] })), 'controllers'],
    ['Manager server', () => new Manager(cluster, odd({ server: { prt: 1 } })), 'port'],
    ['leader election', () => new LeaderElector(cluster, odd({ name: 'a', namespace: 'b', lease: 1 })), 'name'],
    ['EventRecorder', () => new EventRecorder(cluster, odd({ controller: 'a.b/c', instanc: 'x' })), 'instance'],
    ['WebhookServer', () => new WebhookServer(odd({ webhooks: [], prt: 1 })), 'port'],
    ['startServer', () => startServer(odd({ listn: false })), 'listen'],
    ['startServer listen', () => startServer(odd({ listen: { prt: 1 } })), 'port'],
  ])('of %s are refused, with the nearest that does', async (verb, act, near) => {
    const said = await refusal(act);
    expect(said).toMatch(/cannot use the option ".+" of [\w. ]+: it does not exist/);
    expect(said).toContain(`of ${verb === 'find' ? 'get' : verb}:`);
    expect(said).toContain(near);
    expect(sent).toEqual([]);
  });
});

describe('deleteAll', () => {
  test.each([undefined, {}, { all: false }, { labels: undefined }, { all: true, labels: 'a' }])(
    'refuses %j',
    async (options) => {
      expect(await refusal(() => maps.deleteAll(options as never))).toContain('{ all: true }');
      expect(sent).toEqual([]);
    },
  );
});

describe('JSON patches', () => {
  test.each([
    [{ op: 'replace', path: 'data/k', value: 'hunter2' }, 'path "data/k" is not a JSON pointer'],
    [{ op: 'replace', path: '/data/~2', value: 'hunter2' }, 'path "/data/~2" is not a JSON pointer'],
    [{ op: 'put', path: '/data/k', value: 'hunter2' }, 'op is "put"'],
    [{ op: 'add', path: '/data/k' }, 'add needs a value'],
    [{ op: 'move', path: '/data/k' }, 'from is missing'],
    ['hunter2', 'it is not an object'],
  ])('with the step %j are refused without its value', async (step, problem) => {
    const said = await refusal(() =>
      cluster
        .resource(Secret)
        .in('shop')
        .patch('x', jsonPatch([step as never])),
    );
    expect(said).toContain(`cannot use step 0 of the JSON patch: ${problem}`);
    expect(said).not.toContain('hunter2');
    expect(sent).toEqual([]);
  });
});

test('resource takes one of several kinds', async () => {
  const served = new Cluster(
    new FakeTransport(() => ({ body: { kind: 'List', apiVersion: 'v1', metadata: {}, items: [] } })),
  );
  const names: (string | undefined)[] = [];
  for (const kind of [Pod, Node, Deployment]) {
    const { items } = await served.resource(kind).list().page();
    names.push(...items.map((item) => item.metadata.name));
  }
  expect(names).toEqual([]);
});
