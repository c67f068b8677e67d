import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: gadgets, kind: Gadget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer, minimum: 1 } } }
`;

const templates = `
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-settings }
data: { revision: "{{ .Release.Revision }}" }
---
apiVersion: example.com/v1
kind: Gadget
metadata: { name: {{ .Release.Name }} }
spec: { size: {{ .Values.size }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec: { containers: [{ name: main, image: {{ .Values.image | quote }} }] }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }} }
spec: { selector: { app: {{ .Release.Name }} }, ports: [{ port: 80 }] }
{{- if .Capabilities.APIVersions.Has "policy/v1" }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: {{ .Release.Name }} }
spec: { minAvailable: 1, selector: { matchLabels: { app: {{ .Release.Name }} } } }
{{- end }}
`;

describe.skipIf(programs === undefined)('helm', { timeout: 120_000 }, () => {
  let client: RealClient;
  let chart: string;
  const helm = (...args: string[]) => client.helm('-n', 'apps', ...args);
  const field = (kind: string, name: string, path: string) =>
    client.kubectl('-n', 'apps', 'get', kind, name, '-o', `jsonpath={${path}}`);

  beforeAll(async () => {
    client = await RealClient.start(programs);
    chart = join(client.folder, 'shop');
    await mkdir(join(chart, 'crds'), { recursive: true });
    await mkdir(join(chart, 'templates'), { recursive: true });
    await client.file('shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    await client.file('shop/values.yaml', 'size: 1\nreplicas: 1\nimage: nginx:1\n');
    await client.file('shop/crds/gadget.yaml', definition);
    await client.file('shop/templates/all.yaml', templates);
  });

  afterAll(() => client.close());

  it('installs, upgrades, rolls back and uninstalls a chart that brings a kind of its own', async () => {
    expect(await helm('install', 'web', chart, '--create-namespace')).toContain('STATUS: deployed');
    expect(await field('gadget', 'web', '.spec.size')).toBe('1');
    expect(await field('poddisruptionbudget', 'web', '.spec.minAvailable')).toBe('1');
    expect(await client.kubectl('get', 'crd', 'gadgets.example.com', '-o', 'name')).toContain('gadgets.example.com');

    expect(await helm('upgrade', 'web', chart, '--set', 'size=5,replicas=3,image=nginx:2')).toContain('REVISION: 2');
    expect(await field('gadget', 'web', '.spec.size')).toBe('5');
    expect(await field('deployment', 'web', '.spec.replicas')).toBe('3');
    expect(await field('deployment', 'web', '.spec.template.spec.containers[0].image')).toBe('nginx:2');
    expect(await field('configmap', 'web-settings', '.data.revision')).toBe('2');

    expect(await helm('rollback', 'web', '1')).toContain('Rollback was a success');
    expect(await field('gadget', 'web', '.spec.size')).toBe('1');
    expect(await field('deployment', 'web', '.spec.replicas')).toBe('1');
    expect(await helm('history', 'web')).toMatch(/1 .*superseded[\s\S]*2 .*superseded[\s\S]*3 .*deployed/);
    expect(await client.helm('list', '-A', '-q')).toBe('web\n');
    expect(await helm('get', 'values', 'web', '--revision', '2')).toContain('size: 5');

    expect(await helm('uninstall', 'web')).toContain('release "web" uninstalled');
    expect(
      await client.kubectl('-n', 'apps', 'get', 'gadgets,deployments,services,configmaps,secrets', '-o', 'name'),
    ).toBe('');
    // helm never deletes the definitions it installed.
    expect(await client.kubectl('get', 'crd', 'gadgets.example.com', '-o', 'name')).toContain('gadgets.example.com');
  });

  it('is told by the server what is wrong with a chart, and changes nothing in a dry run', async () => {
    await expect(helm('install', 'bad', chart, '--set', 'size=0', '--create-namespace')).rejects.toThrow(
      /spec\.size.*should be greater than or equal to 1/,
    );
    await client.kubectl('-n', 'apps', 'delete', 'secrets', '-l', 'name=bad');
    expect(await helm('install', 'dry', chart, '--dry-run=server')).toContain('pending-install');
    expect(await helm('list', '-q')).toBe('');
  });

  it('waits until a release is there', async () => {
    const only = 'replicas=0';
    const installed = helm('install', 'idle', chart, '--create-namespace', '--set', only, '--wait', '--timeout', '60s');
    await client.kubectl('-n', 'apps', 'wait', 'deployment/idle', '--for=create', '--timeout=30s');
    const status =
      '{"status":{"observedGeneration":1,"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable"}]}}';
    await client.kubectl(
      '-n',
      'apps',
      'patch',
      'deployment',
      'idle',
      '--subresource=status',
      '--type=merge',
      '-p',
      status,
    );
    expect(await installed).toContain('STATUS: deployed');
  });
});
