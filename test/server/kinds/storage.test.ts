import { describe, expect, it } from 'vitest';
import { horizontalPodAutoscalers } from '../../../src/server/kinds/autoscaling/horizontalpodautoscalers/horizontal-pod-autoscaler-strategy.js';
import { podSpecProblems } from '../../../src/server/kinds/core/pods/pod-spec.js';
import { defaultPodSpec } from '../../../src/server/kinds/core/pods/pod-spec-defaults.js';
import { ingressClasses } from '../../../src/server/kinds/networking.k8s.io/ingressclasses/ingress-class-strategy.js';
import { csiDrivers, csiNodes, volumeAttachments } from '../../../src/server/kinds/storage.k8s.io/csi-kinds.js';
import { persistentVolumes, storageClasses } from '../../../src/server/kinds/storage.k8s.io/storage-kinds.js';
import type { FieldError } from '../../../src/server/object/field-error.js';
import { TestServer } from '../client.js';

const told = (errors: readonly FieldError[] | undefined): string[] =>
  (errors ?? []).map(({ field, reason }) => `${field} ${reason.replace('FieldValue', '')}`);

describe('What is stored where', () => {
  it('an attachment names either a volume of the cluster or one of its own', () => {
    const attachment = (source: object) => ({ metadata: {}, spec: { attacher: 'a.b', nodeName: 'n', source } });
    const problems = (source: object) => told(volumeAttachments.validate?.(attachment(source)));
    expect(problems({ persistentVolumeName: 'v' })).toEqual([]);
    expect(problems({})).toEqual(['spec.source Required']);
    expect(problems({ persistentVolumeName: 'v', inlineVolumeSpec: {} })).toEqual(['spec.source Forbidden']);
    const inline = { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' } };
    expect(problems({ inlineVolumeSpec: inline })).toEqual([]);
    expect(problems({ inlineVolumeSpec: { ...inline, capacity: { storage: '1Gi' } } })).toEqual([
      'spec.source.inlineVolumeSpec.capacity Forbidden',
    ]);
  });

  it('a node has each driver once, and each driver each key once', () => {
    const node = (...drivers: object[]) => ({ metadata: {}, spec: { drivers } });
    const driver = { name: 'd', nodeID: 'n', topologyKeys: ['zone'] };
    expect(told(csiNodes.validate?.(node(driver)))).toEqual([]);
    expect(told(csiNodes.validate?.(node(driver, driver)))).toEqual(['spec.drivers[1].name Duplicate']);
    expect(told(csiNodes.validate?.(node({ ...driver, topologyKeys: ['a', 'a'] })))).toEqual([
      'spec.drivers[0] Duplicate',
    ]);
    const moved = node({ ...driver, nodeID: 'other' });
    expect(told(csiNodes.validateUpdate?.(moved, node(driver)))).toEqual(['spec.drivers Invalid']);
    expect(csiNodes.validateUpdate?.(node({ ...driver, allocatable: { count: 3 } }), node(driver))).toEqual([]);
  });

  it('a driver of storage begins to count its generations when it changes', async () => {
    const server = new TestServer();
    const path = '/apis/storage.k8s.io/v1/csidrivers';
    const made = (await server.ask('POST', path, { metadata: { name: 'd.example.com' } })).body;
    expect(made.metadata.generation).toBeUndefined();
    const asked = { ...made, spec: { ...made.spec, tokenRequests: [{ audience: 'a' }] } };
    const changed = await server.ask('PUT', `${path}/d.example.com`, asked);
    expect(changed.body.metadata.generation).toBe(1);
    expect(changed.headers.warning).toHaveLength(1);
    expect(told(csiDrivers.validate?.({ metadata: {}, spec: { fsGroupPolicy: 'Sometimes' } }))).toEqual([
      'spec.fsGroupPolicy NotSupported',
    ]);
  });

  it('a class of storage has a provisioner with a qualified name, and each topology once', () => {
    const storageClass = { metadata: {}, volumeBindingMode: 'Immediate', provisioner: 'a.b/c' };
    expect(told(storageClasses.validate?.(storageClass))).toEqual([]);
    expect(told(storageClasses.validate?.({ ...storageClass, provisioner: 'not so' }))).toEqual([
      'provisioner Invalid',
    ]);
    const term = { matchLabelExpressions: [{ key: 'zone', values: ['a'] }] };
    expect(told(storageClasses.validate?.({ ...storageClass, allowedTopologies: [term, term] }))).toEqual([
      'allowedTopologies[1].matchLabelExpressions Duplicate',
    ]);
  });

  it('a volume stays what and where it is', () => {
    const volume = (spec: object) => ({
      metadata: {},
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
    });
    const nfs = volume({ nfs: { server: 's', path: '/p' } });
    expect(told(persistentVolumes.validate?.(nfs))).toEqual([]);
    expect(told(persistentVolumes.validateUpdate?.(volume({ nfs: { server: 's', path: '/q' } }), nfs))).toEqual([
      'spec.persistentvolumesource Forbidden',
    ]);
    expect(told(persistentVolumes.validate?.(volume({ local: { path: '/p' } })))).toEqual([
      'spec.nodeAffinity Required',
    ]);
  });
});

describe('What others refer to', () => {
  it('parameters of an ingress class are in the scope they say', () => {
    const of = (parameters: object) =>
      told(ingressClasses.validate?.({ metadata: {}, spec: { controller: 'a.b/c', parameters } }));
    const named = { kind: 'K', name: 'n' };
    expect(of({ ...named, scope: 'Cluster' })).toEqual([]);
    expect(of({ ...named, scope: 'Namespace' })).toEqual(['spec.parameters.namespace Required']);
    expect(of({ ...named, scope: 'Cluster', namespace: 'n' })).toEqual(['spec.parameters.namespace Forbidden']);
  });

  it('an autoscaler goes by metrics that are whole, and lets be what it did not check before', () => {
    const scaler = (metrics: object[], apiVersion = 'apps/v1') => ({
      apiVersion: 'autoscaling/v2',
      metadata: {},
      spec: { maxReplicas: 2, scaleTargetRef: { apiVersion, kind: 'Deployment', name: 'd' }, metrics },
    });
    const problems = (metrics: object[]) => told(horizontalPodAutoscalers.validate?.(scaler(metrics)));
    const target = { type: 'Utilization', averageUtilization: 50 };
    expect(problems([{ type: 'Resource', resource: { name: 'cpu', target } }])).toEqual([]);
    expect(problems([{ type: 'Resource' }])).toEqual(['spec.metrics[0].resource Required']);
    expect(problems([{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Value' } } }])).toEqual([
      'spec.metrics[0].resource.target.averageUtilization Required',
    ]);
    const ungrouped = scaler([], 'v1');
    expect(told(horizontalPodAutoscalers.validate?.(ungrouped))).toEqual(['spec.scaleTargetRef.apiVersion Invalid']);
    expect(told(horizontalPodAutoscalers.validate?.(ungrouped, ungrouped))).toEqual([]);
  });

  it('a container mounts only volumes with which nothing is wrong', () => {
    const spec = {
      volumes: [{ name: 'bad', nfs: { server: 's', path: 'relative' } }],
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'bad', mountPath: '/x' }] }],
    };
    defaultPodSpec(spec, false);
    expect(told(podSpecProblems(spec, 'spec'))).toEqual([
      'spec.volumes[0].nfs.path Invalid',
      'spec.containers[0].volumeMounts[0].name NotFound',
    ]);
  });
});
