import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageKey, storageRange } from '../scheme/storage-keys.js';
import { peekStored } from '../scheme/stored-object.js';

type StoredServices = Pick<ServerContext, 'scheme' | 'storage'>;

/** A port of a service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/**
 * Where a service answers. Nothing carries its cluster IP here, so that connections go to the first ready of its endpoints, as kube-apiserver's do with
 * `--enable-aggregator-routing`; a service of type ExternalName is where it says: `localhost`, say, for a webhook in a test. Throws an `Error`
 * in kube-apiserver's words.
 */
export async function serviceAddress(
  server: StoredServices,
  { namespace, name, port }: ServicePort,
): Promise<{ host: string; port: number }> {
  const service = await read(server, 'services', namespace, name);
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const spec = fieldsOf(service.spec);
  if (spec.type === 'ExternalName') return { host: textOf(spec.externalName), port };
  const wanted = objectsOf(spec.ports).find((one) => numberOf(one.port) === port);
  if (wanted === undefined) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const slices = await endpointSlices(server, namespace, name);
  for (const slice of slices) {
    const ready = objectsOf(slice.endpoints).find(({ conditions }) => fieldsOf(conditions).ready !== false);
    const target = portOf(objectsOf(slice.ports), textOf(wanted.name));
    const [host] = listOf(ready?.addresses);
    if (typeof host === 'string' && target !== undefined) return { host, port: target };
  }
  const endpoints = await read(server, 'endpoints', namespace, name);
  if (endpoints === undefined && slices.length > 0)
    throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  if (endpoints === undefined) throw new Error(`endpoints ${JSON.stringify(name)} not found`);
  for (const subset of objectsOf(endpoints.subsets)) {
    const [address] = objectsOf(subset.addresses);
    const target = portOf(objectsOf(subset.ports), textOf(wanted.name));
    if (address !== undefined && target !== undefined) return { host: textOf(address.ip), port: target };
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}

function portOf(ports: readonly JsonObject[], name: string): number | undefined {
  return numberOf(ports.find((one) => textOf(one.name) === name)?.port);
}

async function read(
  server: StoredServices,
  plural: string,
  namespace: string,
  name: string,
): Promise<Readonly<ServerObject> | undefined> {
  const resource = server.scheme.resource('', 'v1', plural);
  if (resource === undefined) return undefined;
  const { kv } = await server.storage.get(storageKey(resource, namespace, name));
  return kv === undefined ? undefined : peekStored(kv, resource);
}

/** Returns the EndpointSlices of a service. */
export async function endpointSlices(
  server: StoredServices,
  namespace: string,
  service: string,
): Promise<JsonObject[]> {
  const resource = server.scheme.resource('discovery.k8s.io', 'v1', 'endpointslices');
  if (resource === undefined) return [];
  const { start, end } = storageRange(resource, namespace);
  const { kvs } = await server.storage.range(start, end);
  return kvs
    .map((kv) => peekStored(kv, resource))
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
    .map((slice) => ({ ...slice }));
}
