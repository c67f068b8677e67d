import type { ServerContext } from '../object/server-context.js';
import { namespaceResource } from '../scheme/namespaces.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored, encodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOperation } from './controller-operation.js';
import { ControllerQueue } from './controller-queue.js';
import { follow } from './follow.js';
import { mayMatter } from './ownership.js';

const manager = 'namespace-controller';

/** The time before the controller checks again whether finalizers have released the remaining objects. */
const retryMs = 200;

/** Deletes what is in a namespace that is being deleted, and lets the namespace go when nothing is left. */
export function runNamespaceLifecycle(server: ServerContext, signal: AbortSignal): void {
  const namespaces = namespaceResource(server);
  const look = async (key: string): Promise<void> => {
    const { kv } = await server.storage.get(key);
    if (kv === undefined || !mayMatter(kv)) return;
    const namespace = decodeStored(kv, namespaces);
    if (namespace.metadata.deletionTimestamp === undefined) return;
    const left = await deleteContents(server, namespace.metadata.name ?? '');
    if (left === 0) await finalize(server, kv);
    else queue.addAfter(key, retryMs);
  };
  const queue = new ControllerQueue(server, signal, look);
  follow(server, signal, namespaces, async ({ key }) => queue.add(key));
}

/** Deletes all that is in a namespace; says how much is still there because something keeps it. */
async function deleteContents(server: ServerContext, namespace: string): Promise<number> {
  const { deleteStored } = await loadWrites();
  let left = 0;
  for (const resource of server.scheme.storedResources()) {
    if (!resource.namespaced) continue;
    const { start, end } = storageRange(resource, namespace);
    const { kvs } = await server.storage.range(start, end);
    for (const kv of kvs) {
      const name = kv.key.slice(start.length);
      const request = controllerOperation(server, resource, { namespace, name }, manager);
      // Nothing here would ever end a pod's grace period, so that it gets none.
      const deletion = { propagationPolicy: 'Background', gracePeriodSeconds: 0, dryRunAll: false };
      // What could not be deleted is still there until the next look says otherwise.
      const { gone } = await deleteStored(request, name, deletion).catch(() => ({ gone: false }));
      if (!gone) left++;
    }
  }
  return left;
}

/** Takes the namespace's own finalizer away; without others the namespace goes. */
async function finalize(server: ServerContext, kv: KeyValue): Promise<void> {
  const namespaces = namespaceResource(server);
  const namespace = decodeStored(kv, namespaces);
  const spec = (namespace.spec ?? {}) as { finalizers?: string[] };
  const finalizers = (spec.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
  if (finalizers.length === 0 && (namespace.metadata.finalizers ?? []).length === 0) {
    await server.storage.delete(kv.key, kv.modRevision);
  } else if (finalizers.length !== (spec.finalizers ?? []).length) {
    await server.storage.put(kv.key, encodeStored({ ...namespace, spec: { finalizers } }), kv.modRevision);
  }
}
