import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { defaultServiceCidr } from '../bootstrap/bootstrap-defaults.js';
import { bootstrapBytes } from '../bootstrap/bootstrap-objects.js';
import { addressLabels, addressManager } from '../bootstrap/service-ip-address.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { type AddressRange, holdsAddress, networkOf } from '../object/service-ranges.js';
import { newUid, timestamp } from '../object/system-fields.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { loadWrites } from '../verbs/load-writes.js';
import { changeObject, withoutFinalizer } from './change.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';
import { ControllerQueue } from './controller-queue.js';
import { follow } from './follow.js';

const manager = 'service-cidr-controller';
const finalizer = 'networking.k8s.io/service-cidr-finalizer';

/** A ServiceCIDR without addresses goes so many milliseconds after its deletion: by then no server takes addresses of it. */
const deletionMs = 10_000;

/** The ServiceCIDR of the server's flags. kube-apiserver makes it, and makes it again. */
const ownName = 'kubernetes';

/**
 * Makes ServiceCIDRs ready, and keeps deleted ones while services have addresses that no other ServiceCIDR has:
 * kube-controller-manager's `service-cidr-controller`.
 */
export function runServiceCidrs(server: ServerContext, signal: AbortSignal): void {
  const cidrs = server.scheme.resource('networking.k8s.io', 'v1', 'servicecidrs');
  const addresses = server.scheme.resource('networking.k8s.io', 'v1', 'ipaddresses');
  if (cidrs === undefined || addresses === undefined) return;
  /** The keys of deleted ServiceCIDRs. */
  const deleted = new Set<string>();
  const look = async (key: string): Promise<void> => {
    const { kv } = await server.storage.get(key);
    deleted.delete(key);
    if (kv === undefined) return;
    const object = decodeStored(kv, cidrs);
    const { deletionTimestamp, finalizers = [], name } = object.metadata;
    const operation = controllerOperation(server, cidrs, { name }, manager);
    if (deletionTimestamp === undefined) {
      if (name === ownName) return;
      if (!finalizers.includes(finalizer))
        await changeObject(operation, manager, ({ metadata }) => {
          metadata.finalizers = [...(metadata.finalizers ?? []).filter((one) => one !== finalizer), finalizer];
        });
      await setReady(server, cidrs, object, ready);
      return;
    }
    if (!finalizers.includes(finalizer)) return;
    deleted.add(key);
    if (!(await canGo(server, cidrs, addresses, object))) {
      await setReady(server, cidrs, object, terminating);
      return;
    }
    const left = Date.parse(deletionTimestamp) + deletionMs - server.clock.now();
    if (left > 0) queue.addAfter(key, left);
    else await changeObject(operation, manager, (draft) => withoutFinalizer(draft, finalizer));
  };
  const queue = new ControllerQueue(server, signal, look);
  const lookAtDeleted = async (): Promise<void> => {
    for (const key of deleted) queue.add(key);
  };
  const onGone = async (key: string): Promise<void> => {
    if (key.endsWith(`/${ownName}`)) await restoreOwn(server);
  };
  follow(server, signal, cidrs, async ({ key }) => queue.add(key), { onGone, onQuiet: lookAtDeleted });
  follow(server, signal, addresses, undefined, { onQuiet: lookAtDeleted });
}

/** The condition `Ready` of a ServiceCIDR, but for its time. */
type Ready = { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string };

const ready: Ready = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };

const terminating: Ready = {
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

async function setReady(
  server: ServerContext,
  resource: ServedResource,
  { metadata, status }: ServerObject,
  wanted: Ready,
): Promise<void> {
  const { name } = metadata;
  const found = objectsOf(fieldsOf(status).conditions).find(({ type }) => type === 'Ready');
  if (found?.status === wanted.status && found.reason === wanted.reason && found.message === wanted.message) return;
  const { applyStored } = await loadWrites();
  const { apiVersion, kind } = resource;
  const conditions = [{ type: 'Ready', ...wanted, lastTransitionTime: timestamp(server.clock) }];
  const operation = controllerOperation(server, resource, { name, subresource: 'status' }, manager);
  const applied = { apiVersion, kind, metadata: { name }, status: { conditions } };
  await applyStored(operation, { ...controllerOptions(manager), force: true }, applied);
}

/** Returns whether every address of services stays in another ServiceCIDR. */
async function canGo(
  server: ServerContext,
  resource: ServedResource,
  addresses: ServedResource,
  object: ServerObject,
): Promise<boolean> {
  const all = await objectsOfResource(server, resource);
  const others = all.filter((one) => one.metadata.name !== object.metadata.name).flatMap(networksOf);
  const own = networksOf(object);
  if (own.every((network) => others.some((other) => contains(other, network)))) return true;
  const held = (await objectsOfResource(server, addresses))
    .filter((one) => one.metadata.labels?.[addressLabels.managedBy] === addressManager)
    .map((one) => one.metadata.name ?? '');
  return !held.some(
    (address) =>
      own.some((network) => holdsAddress(network, address)) &&
      !others.some((network) => holdsAddress(network, address)),
  );
}

async function objectsOfResource({ storage }: ServerContext, resource: ServedResource): Promise<ServerObject[]> {
  const { start, end } = storageRange(resource, undefined);
  return (await storage.range(start, end)).kvs.map((kv) => decodeStored(kv, resource));
}

function networksOf({ spec }: ServerObject): AddressRange[] {
  return listOf(fieldsOf(spec).cidrs).flatMap((cidr) => networkOf(textOf(cidr)) ?? []);
}

function contains(outer: AddressRange, inner: AddressRange): boolean {
  const isWithin = inner.first >= outer.first && inner.first + inner.count <= outer.first + outer.count;
  return outer.family === inner.family && isWithin;
}

async function restoreOwn(server: ServerContext): Promise<void> {
  const cidrs = server.serviceRanges.addresses.flatMap((range) => range?.cidr ?? []);
  const object = defaultServiceCidr(cidrs);
  await server.storage.put(object.key, bootstrapBytes(object, newUid(server.random), timestamp(server.clock)), 0);
}
