import { PersistentVolume, PersistentVolumeClaim, Pod, type Volume } from 'keelson/k8s/core/v1';
import { StorageClass } from 'keelson/k8s/storage.k8s.io/v1';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
beforeEach(() => {
  world = newWorld();
});
afterEach(() => world.end());

const claims = () => world.cluster.resource(PersistentVolumeClaim).in('default');
const volumes = () => world.cluster.resource(PersistentVolume);

async function createVolume(name: string, storage: string, more: PersistentVolume['spec'] = {}) {
  const spec = { accessModes: ['ReadWriteOnce' as const], capacity: { storage }, hostPath: { path: '/data' }, ...more };
  return volumes().create({ metadata: { name }, spec });
}

async function createClaim(name: string, storage: string, more: PersistentVolumeClaim['spec'] = {}) {
  const resources = { requests: { storage } };
  const spec = { accessModes: ['ReadWriteOnce' as const], storageClassName: '', resources, ...more };
  return claims().create({ metadata: { name }, spec });
}

async function volumePhase(name: string, phase: string) {
  await world.eventually(async () => (await volumes().get(name)).status?.phase === phase, `${name} ${phase}`);
  return volumes().get(name);
}

async function claimPhase(name: string, phase: string) {
  await world.eventually(async () => (await claims().get(name)).status?.phase === phase, `${name} ${phase}`);
  return claims().get(name);
}

async function createClass(
  name: string,
  volumeBindingMode: StorageClass['volumeBindingMode'],
  annotations?: Record<string, string>,
) {
  await world.cluster
    .resource(StorageClass)
    .create({ metadata: { name, annotations }, provisioner: 'example.com/disk', volumeBindingMode });
}

describe('the volume binder', () => {
  test('binds a claim to the smallest volume that satisfies it, and both name each other', async () => {
    await createVolume('large', '10Gi');
    await createVolume('small', '1Gi');
    await createVolume('middle', '5Gi');
    await volumePhase('middle', 'Available');
    await createClaim('data', '2Gi');
    const claim = await claimPhase('data', 'Bound');
    expect(claim.spec?.volumeName).toBe('middle');
    expect(claim.status).toEqual({ phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' } });
    expect(claim.metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    });
    const volume = await volumePhase('middle', 'Bound');
    expect(volume.metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    expect(volume.spec?.claimRef).toMatchObject({
      kind: 'PersistentVolumeClaim',
      name: 'data',
      uid: claim.metadata.uid,
    });
    await volumePhase('small', 'Available');
    expect(world.errors).toEqual([]);
  });

  test('gives a pending claim a volume that comes later, and says what is missing until then', async () => {
    await createClaim('data', '1Gi');
    await claimPhase('data', 'Pending');
    const missing = 'Normal FailedBinding no persistent volumes available for this claim and no storage class is set';
    await world.eventually(async () => (await world.events('data')).includes(missing), 'the event');
    await createVolume('late', '1Gi');
    expect((await claimPhase('data', 'Bound')).spec?.volumeName).toBe('late');
  });

  test('gives two claims two volumes, and never one volume to both', async () => {
    await createVolume('one', '1Gi');
    await Promise.all([createClaim('a', '1Gi'), createClaim('b', '1Gi')]);
    await volumePhase('one', 'Bound');
    await createVolume('two', '1Gi');
    const bound = [await claimPhase('a', 'Bound'), await claimPhase('b', 'Bound')];
    expect(bound.map(({ spec }) => spec?.volumeName).sort()).toEqual(['one', 'two']);
  });

  test('takes the volume that a claim names, or says why it does not fit', async () => {
    await createVolume('small', '1Gi');
    await createVolume('large', '9Gi');
    await createClaim('named', '1Gi', { volumeName: 'large' });
    await createClaim('wrong', '2Gi', { volumeName: 'small' });
    expect((await claimPhase('named', 'Bound')).metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
    });
    const message = 'Warning VolumeMismatch Cannot bind to requested volume "small": requested PV is too small';
    await world.eventually(async () => (await world.events('wrong')).includes(message), 'the event');
    expect((await claims().get('wrong')).status?.phase).toBe('Pending');
  });

  test('keeps a volume for the claim that it is reserved for', async () => {
    await createVolume('kept', '1Gi', { claimRef: { name: 'mine', namespace: 'default' } });
    await createClaim('other', '1Gi');
    await claimPhase('other', 'Pending');
    await volumePhase('kept', 'Available');
    await createClaim('mine', '1Gi');
    expect((await claimPhase('mine', 'Bound')).spec?.volumeName).toBe('kept');
  });

  test('releases a volume whose claim is gone, and fails one that cannot be deleted', async () => {
    await createVolume('kept', '1Gi', { persistentVolumeReclaimPolicy: 'Retain' });
    await createClaim('a', '1Gi');
    await claimPhase('a', 'Bound');
    await claims().delete('a');
    await volumePhase('kept', 'Released');
    await createVolume('wiped', '1Gi', { persistentVolumeReclaimPolicy: 'Delete' });
    await createClaim('b', '1Gi');
    await claimPhase('b', 'Bound');
    await claims().delete('b');
    expect((await volumePhase('wiped', 'Failed')).status?.message).toBe(
      'error getting deleter volume plugin for volume "wiped": no deletable volume plugin matched',
    );
  });

  test('marks a claim as lost whose volume is gone', async () => {
    await createVolume('gone', '1Gi');
    await createClaim('data', '1Gi');
    await claimPhase('data', 'Bound');
    await volumes().delete('gone');
    await volumes().update('gone', (volume) => {
      volume.metadata.finalizers = [];
    });
    expect((await claimPhase('data', 'Lost')).status).toEqual({ phase: 'Lost' });
    expect(await world.events('data')).toContain(
      'Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  });

  test('asks an external provisioner for a volume, and gives claims without a class the default class', async () => {
    await createClaim('data', '1Gi', { storageClassName: undefined });
    await claimPhase('data', 'Pending');
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await createClass('fast', 'Immediate', annotations);
    await world.eventually(
      async () =>
        (await claims().get('data')).metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] !== undefined,
      'the request',
    );
    const claim = await claims().get('data');
    expect(claim.spec?.storageClassName).toBe('fast');
    expect(claim.metadata.annotations?.['volume.kubernetes.io/storage-provisioner']).toBe('example.com/disk');
    const event = /^Normal ExternalProvisioning Waiting for a volume .* external provisioner 'example.com\/disk'/;
    expect(await world.events('data')).toContainEqual(expect.stringMatching(event));
  });

  test('leaves a claim that waits for its first consumer to the scheduler', async () => {
    await createClass('late', 'WaitForFirstConsumer');
    await createVolume('pv', '1Gi', { storageClassName: 'late' });
    await createClaim('data', '1Gi', { storageClassName: 'late' });
    await world.eventually(async () => (await world.events('data')).length > 0, 'the event');
    expect(await world.events('data')).toEqual([
      'Normal WaitForFirstConsumer waiting for first consumer to be created before binding',
    ]);
    expect((await volumePhase('pv', 'Available')).spec?.claimRef).toBeUndefined();
  });
});

describe('the ephemeral volume controller', () => {
  const scratch: Volume = {
    name: 'scratch',
    ephemeral: {
      volumeClaimTemplate: {
        metadata: { labels: { kind: 'scratch' } },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } },
      },
    },
  };
  const createPod = (name: string) =>
    world.pods.create({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], volumes: [scratch] } });

  test('creates the claim of a volume for its pod, and creates it again when it is deleted', async () => {
    const pod = await createPod('web');
    const find = () => claims().find('web-scratch');
    await world.eventually(async () => (await find()) !== undefined, 'the claim');
    const first = await find();
    expect(first?.metadata.labels).toEqual({ kind: 'scratch' });
    expect(first?.metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true },
    ]);
    await claims().update('web-scratch', (claim) => {
      claim.metadata.finalizers = [];
    });
    await claims().delete('web-scratch');
    await world.eventually(
      async () => ![first?.metadata.uid, undefined].includes((await find())?.metadata.uid),
      'a new claim',
    );
  });

  test('does not use a claim that somebody else created', async () => {
    await createClaim('web-scratch', '1Gi');
    await createPod('web');
    const message =
      'ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)';
    await world.eventually(
      async () => (await world.events('web')).some((event) => event.startsWith(`Warning FailedBinding ${message}`)),
      'the event',
    );
    expect((await world.cluster.resource(Pod).in('default').get('web')).metadata.name).toBe('web');
  });
});
