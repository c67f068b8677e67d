import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { copy, equal } from '../../util/json-value.js';
import { controllerOperation, controllerOptions } from '../controllers/controller-operation.js';
import { ControllerQueue } from '../controllers/controller-queue.js';
import { follow } from '../controllers/follow.js';
import { type Condition, setCondition } from '../custom/definition-conditions.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import { timestamp } from '../object/system-fields.js';
import { endpointSlices } from '../outbound/service-address.js';
import { storageKey, storageRange } from '../scheme/storage-keys.js';
import { peekStored } from '../scheme/stored-object.js';
import { replaceStored } from '../verbs/write.js';
import type { RemoteApi, RemoteDocuments } from './remote-api.js';
import type { RemoteConnections } from './remote-connections.js';
import { fetchDocument, fetchDocuments } from './remote-documents.js';

/** The remote APIs that the controller checks, and where it puts what it finds. */
export interface CheckedApis {
  get(name: string): RemoteApi | undefined;
  all(): Iterable<RemoteApi>;
  /** Keeps the documents of a remote API. Undefined: they could not be read, and the ones before are stale. */
  found(name: string, documents: RemoteDocuments | undefined): void;
}

const manager = 'kube-apiserver';
const options = controllerOptions(manager);

/** The time after which a remote API is checked again, in milliseconds. */
const resyncMs = 30_000;

/** Checks whether the servers of remote APIs answer, and writes the condition `Available` of their APIServices. */
export class AvailabilityController {
  readonly #server: ServerContext;
  readonly #resource: ServedResource;
  readonly #connections: RemoteConnections;
  readonly #apis: CheckedApis;
  readonly #queue: ControllerQueue;

  /** Starts to check. Ends when the server closes. */
  constructor(server: ServerContext, resource: ServedResource, connections: RemoteConnections, apis: CheckedApis) {
    this.#server = server;
    this.#resource = resource;
    this.#connections = connections;
    this.#apis = apis;
    this.#queue = new ControllerQueue(server, server.closing, (name) => this.#check(name));
    for (const [group, version, plural] of [
      ['', 'v1', 'services'],
      ['discovery.k8s.io', 'v1', 'endpointslices'],
    ] as const) {
      const followed = server.scheme.resource(group, version, plural);
      if (followed !== undefined) this.#followServices(followed);
    }
  }

  /** Checks an API soon. */
  add(name: string): void {
    this.#queue.add(name);
  }

  /** Checks the APIs of a namespace when its services or endpoints change. */
  #followServices(resource: ServedResource): void {
    const inNamespace = (key: string): RemoteApi[] =>
      [...this.#apis.all()].filter(({ service }) => key.startsWith(storageRange(resource, service.namespace).start));
    const matters = (key: string): boolean => {
      const apis = inNamespace(key);
      for (const { name } of apis) this.#queue.add(name);
      return false;
    };
    follow(this.#server, this.#server.closing, resource, undefined, { matters });
  }

  async #check(name: string): Promise<unknown> {
    const remote = this.#apis.get(name);
    if (remote === undefined) return undefined;
    const condition = await this.#condition(remote);
    await this.#write(name, condition);
    const passed = condition.status === 'True';
    const documents = passed
      ? await fetchDocuments(this.#server, this.#connections, remote).catch(() => undefined)
      : undefined;
    this.#apis.found(name, documents);
    this.#queue.addAfter(name, resyncMs);
    return condition.reason === 'FailedDiscoveryCheck' || (passed && documents === undefined) ? 'requeue' : undefined;
  }

  async #condition(remote: RemoteApi): Promise<Condition> {
    const { namespace, name, port } = remote.service;
    const not = (reason: string, message: string): Condition => ({
      type: 'Available',
      status: 'False',
      reason,
      message,
    });
    const where = `service/${name} in ${JSON.stringify(namespace)}`;
    const service = await this.#service(namespace, name);
    if (service === undefined) return not('ServiceNotFound', `${where} is not present`);
    const spec = fieldsOf(service.spec);
    if (spec.type === 'ClusterIP' || spec.type === undefined) {
      const wanted = objectsOf(spec.ports).find((one) => numberOf(one.port) === port);
      if (wanted === undefined) return not('ServicePortError', `${where} is not listening on port ${port}`);
      const slices = await endpointSlices(this.#server, namespace, name);
      if (slices.length === 0) return not('EndpointsNotFound', `cannot find endpointslices for ${where}`);
      const portName = textOf(wanted.name);
      if (!slices.some((slice) => hasEndpoint(slice, portName))) {
        const message = `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`;
        return not('MissingEndpoints', message);
      }
    }
    const problem = await this.#problem(remote);
    if (problem !== undefined) return not('FailedDiscoveryCheck', problem);
    return { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' };
  }

  /** Asks for the discovery document of an API. Returns what went wrong. */
  async #problem(remote: RemoteApi): Promise<string | undefined> {
    let host: string;
    try {
      const address = await this.#connections.resolve(remote.service);
      host = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const path = `/apis/${remote.group}/${remote.version}`;
    const url = `https://${host}${path}`;
    const failed = `failing or missing response from ${url}`;
    try {
      const { status } = await fetchDocument(this.#server, this.#connections, remote, path);
      return status >= 200 && status < 300 ? undefined : `${failed}: bad status from ${url}: ${status}`;
    } catch (error) {
      return `${failed}: Get ${JSON.stringify(url)}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async #service(namespace: string, name: string): Promise<JsonObject | undefined> {
    const resource = this.#server.scheme.resource('', 'v1', 'services');
    if (resource === undefined) return undefined;
    const { kv } = await this.#server.storage.get(storageKey(resource, namespace, name));
    return kv === undefined ? undefined : { ...peekStored(kv, resource) };
  }

  async #write(name: string, condition: Condition): Promise<void> {
    const toStatus = controllerOperation(this.#server, this.#resource, { name, subresource: 'status' }, manager);
    const { kv } = await this.#server.storage.get(storageKey(this.#resource, undefined, name));
    if (kv === undefined) return;
    const before = peekStored(kv, this.#resource);
    const probe = copy({ ...before });
    setCondition(probe, timestamp(this.#server.clock), condition);
    if (equal(probe.status, before.status)) return;
    await replaceStored(toStatus, options, (current) => {
      const changed = copy(current);
      setCondition(changed, timestamp(this.#server.clock), condition);
      return changed;
    });
  }
}

function hasEndpoint(slice: JsonObject, portName: string): boolean {
  const isReady = objectsOf(slice.endpoints).some(({ conditions }) => fieldsOf(conditions).ready !== false);
  const port = objectsOf(slice.ports).find(({ name }) => textOf(name) === portName)?.port;
  return isReady && numberOf(port) !== undefined;
}
