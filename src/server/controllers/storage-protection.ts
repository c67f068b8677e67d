import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { changeObject, withoutFinalizer } from './change.js';
import { controllerOperation } from './controller-operation.js';
import { ControllerQueue } from './controller-queue.js';
import { follow } from './follow.js';

/** The time before the controller checks again whether a deleted object is still in use. */
const retryMs = 200;

/** Lets deleted volumes go once no claim is bound to them: kube-controller-manager's `pv-protection`. */
export function runVolumeProtection(server: ServerContext, signal: AbortSignal): void {
  const volumes = server.scheme.resource('', 'v1', 'persistentvolumes');
  if (volumes === undefined) return;
  const inUse = async ({ status }: ServerObject): Promise<boolean> => fieldsOf(status).phase === 'Bound';
  protect(server, signal, volumes, 'kubernetes.io/pv-protection', 'pv-protection-controller', inUse);
}

/** Lets deleted claims go once no pod on a node uses them: kube-controller-manager's `pvc-protection`. */
export function runClaimProtection(server: ServerContext, signal: AbortSignal): void {
  const claims = server.scheme.resource('', 'v1', 'persistentvolumeclaims');
  const pods = server.scheme.resource('', 'v1', 'pods');
  if (claims === undefined || pods === undefined) return;
  const inUse = async ({ metadata }: ServerObject): Promise<boolean> => {
    const { start, end } = storageRange(pods, metadata.namespace ?? '');
    const { kvs } = await server.storage.range(start, end);
    return kvs.some((kv) => uses(decodeStored(kv, pods), metadata.name ?? ''));
  };
  protect(server, signal, claims, 'kubernetes.io/pvc-protection', 'pvc-protection-controller', inUse);
}

/** Lets deleted VolumeAttributesClasses go once no volume and no claim names them. */
export function runAttributesClassProtection(server: ServerContext, signal: AbortSignal): void {
  const classes = server.scheme.resource('storage.k8s.io', 'v1', 'volumeattributesclasses');
  const [volumes, claims] = ['persistentvolumes', 'persistentvolumeclaims'].map((one) =>
    server.scheme.resource('', 'v1', one),
  );
  if (classes === undefined || volumes === undefined || claims === undefined) return;
  const inUse = async ({ metadata }: ServerObject): Promise<boolean> => {
    for (const resource of [volumes, claims]) {
      const { start, end } = storageRange(resource, undefined);
      const { kvs } = await server.storage.range(start, end);
      if (kvs.some((kv) => namesClass(decodeStored(kv, resource), metadata.name ?? ''))) return true;
    }
    return false;
  };
  const name = 'volumeattributesclass-protection-controller';
  protect(server, signal, classes, 'kubernetes.io/vac-protection', name, inUse);
}

/** Reports whether a volume or a claim names a class: as wanted, as current, or as the one that it is changing to. */
function namesClass({ spec, status }: ServerObject, name: string): boolean {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = fieldsOf(status);
  return [
    fieldsOf(spec).volumeAttributesClassName,
    currentVolumeAttributesClassName,
    fieldsOf(modifyVolumeStatus).targetVolumeAttributesClassName,
  ].includes(name);
}

/** Reports whether a pod uses a claim. A deleted pod without a node does not, because it will never start. */
function uses(pod: ServerObject, claim: string): boolean {
  const { nodeName, volumes } = fieldsOf(pod.spec);
  if (textOf(nodeName) === '') return false;
  return objectsOf(volumes).some(
    (volume) =>
      fieldsOf(volume.persistentVolumeClaim).claimName === claim ||
      // A claim made for one volume of one pod is named after both.
      (volume.ephemeral !== undefined && `${pod.metadata.name}-${textOf(volume.name)}` === claim),
  );
}

function protect(
  server: ServerContext,
  signal: AbortSignal,
  resource: ServedResource,
  finalizer: string,
  manager: string,
  inUse: (object: ServerObject) => Promise<boolean>,
): void {
  const look = async (key: string): Promise<void> => {
    const { kv } = await server.storage.get(key);
    if (kv === undefined) return;
    const object = decodeStored(kv, resource);
    const { deletionTimestamp, finalizers = [], namespace, name } = object.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(finalizer)) return;
    if (!(await inUse(object))) {
      const request = controllerOperation(server, resource, { namespace, name }, manager);
      await changeObject(request, manager, (draft) => withoutFinalizer(draft, finalizer));
    } else queue.addAfter(key, retryMs);
  };
  const queue = new ControllerQueue(server, signal, look);
  follow(server, signal, resource, async ({ key }) => queue.add(key));
}
