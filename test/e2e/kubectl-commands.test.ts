import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { jsonPatch, mergePatch } from 'keelson';
import { Deployment, Namespace } from 'keelson/k8s';
import { Event } from 'keelson/k8s/events.k8s.io/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

// What people do with kubectl from day to day, each command against the reference server behind TLS.
describe.skipIf(programs === undefined)('kubectl, day to day', { timeout: 120_000 }, () => {
  let client: RealClient;
  let namespace = '';
  let count = 0;
  const kubectl = (...args: string[]) => client.kubectl('-n', namespace, ...args);
  const tried = (...args: string[]) => client.tryKubectl('-n', namespace, ...args);

  beforeAll(async () => {
    client = await RealClient.start(programs);
  });

  afterAll(() => client.close());

  beforeEach(async () => {
    namespace = `day-${++count}`;
    await using cluster = await client.connect();
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  });

  const deployment = (image = 'nginx:1', replicas = 2) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
    },
  });
  const settings = (data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data,
  });

  /** Sets the status that a deployment controller reports when all replicas run. */
  async function rolledOut(): Promise<void> {
    await using cluster = await client.connect();
    const deployments = cluster.resource(Deployment).in(namespace);
    const { metadata, spec } = await deployments.get('web');
    const replicas = spec?.replicas ?? 0;
    const status = {
      observedGeneration: metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'all are there' }],
    };
    await deployments.subresource('status').patch('web', mergePatch({ status }));
  }

  it('shows the difference before it applies, by either way of applying', async () => {
    const file = await client.file('settings.yaml', settings({ a: '1', b: '2' }));
    expect((await tried('diff', '-f', file)).code).toBe(1);
    await kubectl('apply', '-f', file);
    expect(await tried('diff', '-f', file)).toEqual({ stdout: '', stderr: '', code: 0 });
    const changed = await client.file('changed.yaml', settings({ a: '1', b: '3' }));
    const plain = await tried('diff', '-f', changed);
    expect(plain.code).toBe(1);
    expect(plain.stdout).toMatch(/^-\s+b: "2"\n\+\s+b: "3"$/m);
    const onServer = await tried('diff', '--server-side', '-f', changed);
    expect(onServer.code).toBe(1);
    expect(onServer.stdout).toMatch(/^-\s+b: "2"\n\+\s+b: "3"$/m);
    expect(await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data.b}')).toBe('2');
  });

  it('takes over from one way of applying to the other, and removes what is no longer declared', async () => {
    await kubectl('apply', '-f', await client.file('a.yaml', settings({ a: '1', b: '2' })));
    await kubectl('apply', '--server-side', '-f', await client.file('b.yaml', settings({ a: '1' })));
    expect(await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data}')).toBe('{"a":"1"}');
    await kubectl('apply', '-f', await client.file('c.yaml', settings({ c: '3' })));
    expect(await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data}')).toBe('{"c":"3"}');
  });

  it('prunes what a set of manifests no longer holds', async () => {
    const map = (name: string) => ({ ...settings({}), metadata: { name, labels: { set: 'one' } } });
    const both = await client.file('both.yaml', map('one'), map('two'));
    await kubectl('apply', '-f', both);
    const one = await client.file('one.yaml', map('one'));
    const flags = ['--prune', '-l', 'set=one', '--prune-allowlist=core/v1/ConfigMap'];
    expect(await kubectl('apply', '-f', one, ...flags)).toContain('configmap/two pruned');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('configmap/one\n');
  });

  it('edits kinds whose lists merge, and checks whole lists before it sends them', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'edited', labels: { a: '1' } } };
    const list = { apiVersion: 'v1', kind: 'List', items: [{ ...service, spec: { ports: [{ port: 80 }] } }] };
    const file = await client.file('list.yaml', list);
    expect(await kubectl('-n', namespace, 'create', '-f', file)).toBe('service/edited created\n');
    const editor = await client.file('edit-service.sh', `#!/bin/sh\nsed -i 's/a: "1"/a: "2"/' "$1"\n`);
    const { stdout, stderr } = await client.kubectlWith({ KUBE_EDITOR: editor }, '-n', namespace, 'edit', '-f', file);
    expect([stdout, stderr]).toEqual(['service/edited edited\n', '']);
  });

  it('edits with an editor, and does nothing when nothing was changed', async () => {
    await kubectl('apply', '-f', await client.file('settings.yaml', settings({ a: '1' })));
    const editor = await client.file('edit.sh', `#!/bin/sh\nsed -i 's/a: "1"/a: "2"/' "$1"\n`);
    const edit = ['-n', namespace, 'edit', 'configmap', 'settings'];
    expect((await client.kubectlWith({ KUBE_EDITOR: editor }, ...edit)).stdout).toBe('configmap/settings edited\n');
    expect(await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data.a}')).toBe('2');
    expect((await client.kubectlWith({ KUBE_EDITOR: 'true' }, ...edit)).stderr).toContain('no changes made');
    const spoil = await client.file('spoil.sh', `#!/bin/sh\nsed -i 's/^data:/dota:/' "$1"\n`);
    const { stderr, code } = await client.kubectlWith({ KUBE_EDITOR: spoil }, ...edit);
    expect(code).toBe(1);
    expect(stderr).toContain('configmaps "settings" is invalid');
  });

  it('patches in three languages', async () => {
    await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
    const add = '{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"fluent"}]}}}}';
    await kubectl('patch', 'deployment', 'web', '-p', add);
    const names = () => kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[*].name}');
    expect((await names()).split(' ').sort()).toEqual(['log', 'web']);
    await kubectl('patch', 'deployment', 'web', '--type=merge', '-p', add);
    expect(await names()).toBe('log');
    const move = '[{"op":"replace","path":"/spec/template/spec/containers/0/name","value":"other"}]';
    await kubectl('patch', 'deployment', 'web', '--type=json', '-p', move);
    expect(await names()).toBe('other');
    expect((await tried('patch', 'deployment', 'web', '-p', '{"spec":{"selector":null}}')).stderr).toContain(
      'Required value',
    );
  });

  it('scales, follows rollouts and restarts', async () => {
    await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
    const wait = kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    await rolledOut();
    expect(await wait).toContain('successfully rolled out');
    expect(await kubectl('wait', 'deployment/web', '--for=condition=Available', '--timeout=30s')).toContain(
      'condition met',
    );
    expect(await kubectl('scale', 'deployment/web', '--replicas=4', '--current-replicas=2')).toContain('scaled');
    expect((await tried('scale', 'deployment/web', '--replicas=1', '--current-replicas=2')).stderr).toContain(
      'Expected replicas to be 2, was 4',
    );
    expect(await kubectl('rollout', 'restart', 'deployment/web')).toContain('restarted');
    const at = 'jsonpath={.spec.template.metadata.annotations}';
    expect(await kubectl('get', 'deployment', 'web', '-o', at)).toContain('kubectl.kubernetes.io/restartedAt');
    expect((await tried('rollout', 'status', 'deployment/web', '--watch=false')).stdout).toContain(
      'Waiting for deployment',
    );
    await rolledOut();
    expect(await kubectl('rollout', 'status', 'deployment/web', '--watch=false')).toContain('successfully rolled out');
    await kubectl('rollout', 'pause', 'deployment/web');
    expect(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.paused}')).toBe('true');
    await kubectl('rollout', 'resume', 'deployment/web');
  });

  it('waits for what is to come: fields, creation, deletion', async () => {
    const created = kubectl('wait', 'configmap/settings', '--for=create', '--timeout=30s');
    await kubectl('apply', '-f', await client.file('settings.yaml', settings({ a: '1' })));
    expect(await created).toContain('condition met');
    const field = kubectl('wait', 'configmap/settings', '--for=jsonpath={.data.a}=2', '--timeout=30s');
    await kubectl('apply', '-f', await client.file('settings.yaml', settings({ a: '2' })));
    expect(await field).toContain('condition met');
    const gone = kubectl('wait', 'configmap/settings', '--for=delete', '--timeout=30s');
    await kubectl('delete', 'configmap', 'settings');
    await gone;
  });

  it('labels and annotates', async () => {
    await kubectl('apply', '-f', await client.file('settings.yaml', settings({})));
    expect(await kubectl('label', 'configmap', 'settings', 'tier=web')).toContain('labeled');
    expect((await tried('label', 'configmap', 'settings', 'tier=db')).stderr).toContain('already has a value');
    await kubectl('label', 'configmap', 'settings', 'tier=db', '--overwrite');
    expect(await kubectl('get', 'configmaps', '-l', 'tier in (db)', '-o', 'name')).toBe('configmap/settings\n');
    await kubectl('label', 'configmap', 'settings', 'tier-');
    expect(await kubectl('get', 'configmaps', '-l', 'tier', '-o', 'name')).toBe('');
    await kubectl('annotate', 'configmap', 'settings', 'note=two words');
    const note = 'jsonpath={.metadata.annotations.note}';
    expect(await kubectl('get', 'configmap', 'settings', '-o', note)).toBe('two words');
  });

  it('deletes with what depends on it, without it, or before it, as --cascade says', async () => {
    await using cluster = await client.connect();
    const owned = async (name: string) => {
      await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
      const { metadata } = await cluster.resource(Deployment).in(namespace).get('web');
      const owner = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'web',
        uid: metadata.uid,
        blockOwnerDeletion: true,
      };
      const map = { ...settings({}), metadata: { name, ownerReferences: [owner] } };
      await kubectl('create', '-f', await client.file('owned.yaml', map));
    };
    await owned('one');
    await kubectl('delete', 'deployment', 'web', '--cascade=foreground', '--timeout=30s');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('');
    await owned('two');
    await kubectl('delete', 'deployment', 'web', '--cascade=orphan');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('configmap/two\n');
    await owned('three');
    await kubectl('delete', 'deployment', 'web');
    await kubectl('wait', 'configmap/three', '--for=delete', '--timeout=30s');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('configmap/two\n');
  });

  it('deletes all of a kind, and by label', async () => {
    const map = (name: string, tier: string) => ({ ...settings({}), metadata: { name, labels: { tier } } });
    await kubectl('apply', '-f', await client.file('maps.yaml', map('a', 'x'), map('b', 'y'), map('c', 'y')));
    await kubectl('delete', 'configmaps', '-l', 'tier=y');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('configmap/a\n');
    await kubectl('delete', 'configmaps', '--all');
    expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('');
  });

  it('prints in every form', async () => {
    await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
    expect(await kubectl('get', 'deployments', '-o', 'wide')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +0\/2 +0 +0 +\S+ +web +nginx:1 +app=web\n$/,
    );
    expect(await kubectl('get', 'deployment', 'web', '-o', 'yaml')).toMatch(
      /^apiVersion: apps\/v1\nkind: Deployment\n/,
    );
    expect(JSON.parse(await kubectl('get', 'deployments', '-o', 'json')).items[0].metadata.name).toBe('web');
    const columns = 'custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas';
    expect(await kubectl('get', 'deployments', '-o', columns)).toMatch(/^NAME +REPLICAS\nweb +2\n$/);
    expect(await kubectl('get', 'deployments', '-o', 'go-template={{range .items}}{{.metadata.name}}{{end}}')).toBe(
      'web',
    );
    expect(await kubectl('get', 'deployments', '--show-labels', '-L', 'app')).toMatch(
      /APP +LABELS\n.* web +app=web\n$/,
    );
    expect(await kubectl('get', 'deployments', '--sort-by=.metadata.name')).toContain('web');
    expect(await kubectl('get', '--raw', '/version')).toContain('"major"');
    expect(await kubectl('describe', 'deployment', 'web')).toMatch(/Replicas: +2 desired/);
    expect(await kubectl('describe', 'namespace', namespace)).toMatch(/Status: +Active/);
  });

  it('watches what comes, changes and goes', async () => {
    const watch = spawn(
      programs?.kubectl ?? '',
      ['-n', namespace, 'get', 'configmaps', '-w', '--output-watch-events', '--no-headers'],
      {
        env: { HOME: client.folder, KUBECONFIG: client.kubeconfig },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const lines = createInterface({ input: watch.stdout })[Symbol.asyncIterator]();
    const next = async () =>
      String((await lines.next()).value)
        .split(/ +/)
        .slice(0, 3);
    try {
      await kubectl('apply', '-f', await client.file('settings.yaml', settings({ a: '1' })));
      expect(await next()).toEqual(['ADDED', 'settings', '1']);
      await kubectl('apply', '-f', await client.file('settings.yaml', settings({ a: '1', b: '2' })));
      expect(await next()).toEqual(['MODIFIED', 'settings', '2']);
      await kubectl('delete', 'configmap', 'settings');
      expect(await next()).toEqual(['DELETED', 'settings', '2']);
    } finally {
      watch.kill();
    }
  });

  it('shows events, those of an object with it', async () => {
    await using cluster = await client.connect();
    await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
    const { metadata } = await cluster.resource(Deployment).in(namespace).get('web');
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    await cluster
      .resource(Event)
      .in(namespace)
      .create({
        metadata: { name: 'web.1' },
        type: 'Warning',
        reason: 'TooSlow',
        note: 'it takes its time',
        action: 'Roll',
        reportingController: 'example.com/slow',
        reportingInstance: 'slow-1',
        eventTime: now.replace('Z', '.000000Z'),
        regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: metadata.uid },
      });
    expect(await kubectl('events', '--for', 'deployment/web')).toMatch(
      /Warning +TooSlow +Deployment\/web +it takes its time/,
    );
    expect(await kubectl('get', 'events', '--field-selector=involvedObject.name=web')).toContain('TooSlow');
    expect(await kubectl('describe', 'deployment', 'web')).toContain('TooSlow');
  });

  it('explains kinds as the API documents them', async () => {
    expect(await kubectl('explain', 'deployments.spec.strategy')).toMatch(/RollingUpdateDeployment/);
    expect(await kubectl('explain', 'pods', '--recursive')).toContain('ephemeralContainers');
    expect(await kubectl('explain', 'hpa.spec', '--api-version=autoscaling/v2')).toContain('maxReplicas');
  });

  it('lists what the server serves', async () => {
    const all = await kubectl('api-resources', '--verbs=list', '-o', 'name');
    expect(all.split('\n')).toEqual(
      expect.arrayContaining(['pods', 'deployments.apps', 'ingresses.networking.k8s.io']),
    );
    expect(await kubectl('api-versions')).toContain('apps/v1\n');
    expect(await kubectl('cluster-info')).toContain('Kubernetes control plane');
  });

  it('refuses what the server refuses, in its words', async () => {
    const bad = await client.file('bad.yaml', { ...deployment(), spec: { ...deployment().spec, replica: 1 } });
    expect((await tried('create', '-f', bad)).stderr).toContain('strict decoding error: unknown field "spec.replica"');
    expect((await tried('get', 'deployment', 'nix')).stderr).toBe(
      'Error from server (NotFound): deployments.apps "nix" not found\n',
    );
    expect((await tried('get', 'nix')).stderr).toContain(`the server doesn't have a resource type "nix"`);
    await kubectl('create', 'configmap', 'settings');
    expect((await tried('create', 'configmap', 'settings')).stderr).toContain('already exists');
    expect(await kubectl('create', 'configmap', 'dry', '--dry-run=server', '-o', 'name')).toBe('configmap/dry\n');
    expect((await tried('get', 'configmap', 'dry')).code).toBe(1);
  });

  it('drains a node by evicting its pods, as far as budgets allow', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${namespace}` } };
    await kubectl('create', '-f', await client.file('node.yaml', node));
    expect(await kubectl('cordon', node.metadata.name)).toContain('cordoned');
    expect(await kubectl('get', 'node', node.metadata.name)).toMatch(/SchedulingDisabled/);
    expect(await kubectl('uncordon', node.metadata.name)).toContain('uncordoned');
    expect(await kubectl('taint', 'node', node.metadata.name, 'only=me:NoSchedule')).toContain('tainted');
    expect(await kubectl('drain', node.metadata.name, '--ignore-daemonsets')).toContain('drained');
    await kubectl('delete', 'node', node.metadata.name);
  });

  it('replaces, and is told when somebody else was faster', async () => {
    await kubectl('create', '-f', await client.file('settings.yaml', settings({ a: '1' })));
    const live = JSON.parse(await kubectl('get', 'configmap', 'settings', '-o', 'json'));
    expect(await kubectl('replace', '-f', await client.file('new.json', { ...live, data: { a: '2' } }))).toContain(
      'replaced',
    );
    const { stderr } = await tried('replace', '-f', await client.file('new.json', { ...live, data: { a: '3' } }));
    expect(stderr).toContain('the object has been modified');
    expect(await kubectl('replace', '--force', '-f', await client.file('new.yaml', settings({ a: '4' })))).toContain(
      'replaced',
    );
  });

  it('sets images, environment and resources', async () => {
    await kubectl('apply', '-f', await client.file('web.yaml', deployment()));
    await kubectl('set', 'image', 'deployment/web', 'web=nginx:2');
    await kubectl('set', 'env', 'deployment/web', 'MODE=fast');
    await kubectl('set', 'resources', 'deployment/web', '--requests=cpu=100m');
    await using cluster = await client.connect();
    const { spec } = await cluster.resource(Deployment).in(namespace).get('web');
    expect(spec?.template.spec?.containers[0]).toMatchObject({
      image: 'nginx:2',
      env: [{ name: 'MODE', value: 'fast' }],
      resources: { requests: { cpu: '100m' } },
    });
    await cluster
      .resource(Deployment)
      .in(namespace)
      .patch('web', jsonPatch([{ op: 'remove', path: '/spec/replicas' }]));
    expect(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
  });
});
