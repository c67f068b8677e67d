import { fieldsOf } from '../../util/json-fields.js';
import type { ResourceRequest, ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageRange } from '../scheme/resource.js';
import { decodeStored } from '../scheme/stored.js';

const storageDefault = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const ingressDefault = ['ingressclass.kubernetes.io/is-default-class'];

/** Gives a new claim that names no class the default one, where there is one (DefaultStorageClass). */
export async function useDefaultStorageClass(claim: ServerObject, { server }: ResourceRequest): Promise<void> {
  const spec = fieldsOf(claim.spec);
  if (!server.plugins.has('DefaultStorageClass') || spec.storageClassName !== undefined) return;
  if (Object.hasOwn(claim.metadata.annotations ?? {}, 'volume.beta.kubernetes.io/storage-class')) return;
  const name = await defaultClass(server, 'storage.k8s.io', 'storageclasses', storageDefault);
  if (name !== undefined) claim.spec = { ...spec, storageClassName: name };
}

/** The same for ingresses (DefaultIngressClass). */
export async function useDefaultIngressClass(ingress: ServerObject, { server }: ResourceRequest): Promise<void> {
  const spec = fieldsOf(ingress.spec);
  if (!server.plugins.has('DefaultIngressClass') || spec.ingressClassName !== undefined) return;
  if (Object.hasOwn(ingress.metadata.annotations ?? {}, 'kubernetes.io/ingress.class')) return;
  const name = await defaultClass(server, 'networking.k8s.io', 'ingressclasses', ingressDefault);
  if (name !== undefined) ingress.spec = { ...spec, ingressClassName: name };
}

/** The name of the class that an annotation says is the default: the newest of several, the first by name of those. */
async function defaultClass(
  server: ServerContext,
  group: string,
  plural: string,
  annotations: readonly string[],
): Promise<string | undefined> {
  const resource = server.scheme.resource(group, 'v1', plural);
  if (resource === undefined) return undefined;
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await server.storage.range(start, end);
  let found: ServerObject['metadata'] | undefined;
  // In the order of their names, as the store has them.
  for (const { metadata } of kvs.map((kv) => decodeStored(kv, resource))) {
    if (!annotations.some((one) => metadata.annotations?.[one] === 'true')) continue;
    if (found === undefined || (metadata.creationTimestamp ?? '') > (found.creationTimestamp ?? '')) found = metadata;
  }
  return found?.name;
}
