import { PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import { StorageClass } from '../../../../generated/storage.k8s.io/v1.js';
import type { Cached, Lister } from '../../../cache/index.js';
import { mergePatch } from '../../../client/index.js';
import type { ReconcileContext } from '../../../controller/index.js';
import { compareText } from '../../../util/compare.js';
import { PROVISIONERS } from '../../storage/volume-annotations.js';
import { claimClass, namesClass } from '../../storage/volume-match.js';
import type { ComponentEvents } from '../base/component-events.js';

type ClaimContext = ReconcileContext<PersistentVolumeClaim, 'Namespaced'>;

const DEFAULTS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
] as const;

/** The provisioners of the volume plugins that Kubernetes had. A claim of such a class cannot get a volume. */
const BUILT_IN = 'kubernetes.io/';

/** Gives a claim that names no class the default class of the cluster. Returns false if there is none, or if the claim names one. */
export async function assignDefaultClass({ object, cluster, lister, signal }: ClaimContext): Promise<boolean> {
  if (namesClass(object)) return false;
  const storageClass = defaultClass(lister(StorageClass));
  if (storageClass === undefined) return false;
  const { name, namespace } = object.metadata;
  const patch = mergePatch({ spec: { storageClassName: storageClass.metadata.name } });
  await cluster.resource(PersistentVolumeClaim).in(namespace).patch(name, patch, { signal });
  return true;
}

/** Asks the provisioner of a claim's class for a volume, by annotations of the claim. */
export async function requestVolume(context: ClaimContext, events: ComponentEvents): Promise<void> {
  const { object, cluster, lister, signal } = context;
  const className = claimClass(object);
  const storageClass = lister(StorageClass).get(className);
  if (storageClass === undefined) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
    events.warning(object, 'ProvisioningFailed', message);
    return;
  }
  const { provisioner } = storageClass;
  if (provisioner.startsWith(BUILT_IN)) {
    events.warning(object, 'ProvisioningFailed', 'no volume plugin matched');
    return;
  }
  if (object.metadata.annotations?.[PROVISIONERS[1]] !== provisioner) {
    const { name, namespace } = object.metadata;
    const annotations = Object.fromEntries(PROVISIONERS.map((key) => [key, provisioner]));
    const claims = cluster.resource(PersistentVolumeClaim).in(namespace);
    await claims.patch(name, mergePatch({ metadata: { annotations } }), { signal });
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system ` +
    'administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  events.normal(object, 'ExternalProvisioning', message);
}

/** Returns the newest of the classes that are marked as the default. */
function defaultClass(classes: Lister<StorageClass, 'Cluster'>): Cached<StorageClass, 'Cluster'> | undefined {
  const marked = classes
    .list()
    .filter(({ metadata }) => DEFAULTS.some((annotation) => metadata.annotations?.[annotation] === 'true'));
  return marked.sort(
    (a, b) =>
      compareText(b.metadata.creationTimestamp, a.metadata.creationTimestamp) ||
      compareText(a.metadata.name, b.metadata.name),
  )[0];
}
