import { equal } from '../../util/json-value.js';
import type { Aggregation, DiscoveredGroup, RemoteGroup, RemoteSwagger } from '../object/aggregation.js';
import type { ServerRequest, ServerResponse } from '../object/message.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import { internal } from '../object/status-error.js';
import { storageRange } from '../scheme/storage-keys.js';
import { peekStored } from '../scheme/stored-object.js';
import type { KeyValue, StorageWatch } from '../storage/storage.js';
import { type RemoteApi, type RemoteDocuments, remoteApiOf } from './remote-api.js';
import type { AggregationOptions, RemoteConnections } from './remote-connections.js';

/** The modules that a server needs once there is a remote API. */
interface Machinery {
  readonly connections: RemoteConnections;
  readonly proxyRequest: typeof import('./remote-proxy.js').proxyRequest;
  add(name: string): void;
}

/** Follows the APIServices in the store. Those that name a Service are remote APIs: their requests are passed on. */
export class ApiServices implements Aggregation {
  readonly #options: AggregationOptions;
  readonly #remote = new Map<string, RemoteApi>();
  readonly #documents = new Map<string, RemoteDocuments>();
  #swaggers: readonly RemoteSwagger[] | undefined;
  #machinery: Promise<Machinery> | undefined;
  #server: ServerContext | undefined;
  #resource: ServedResource | undefined;
  #watch: StorageWatch | undefined;

  constructor(options: AggregationOptions = {}) {
    this.#options = options;
  }

  /** Starts to follow. Resolves once the APIServices that are stored are known. */
  async start(server: ServerContext): Promise<void> {
    this.#server = server;
    this.#resource = server.scheme.resource('apiregistration.k8s.io', 'v1', 'apiservices');
    if (this.#resource === undefined) return;
    server.closing.addEventListener('abort', () => this.#watch?.close(), { once: true });
    await this.#follow(server, this.#resource);
  }

  async #follow(server: ServerContext, resource: ServedResource): Promise<void> {
    const { start, end } = storageRange(resource, undefined);
    const { kvs, revision } = await server.storage.range(start, end);
    this.#remote.clear();
    for (const kv of kvs) this.#note(kv, resource);
    this.#watch = server.storage.watch(start, end, revision, {
      events: (batch) => {
        for (const { type, kv } of batch) {
          if (type === 'put') this.#note(kv, resource);
          else this.#forget(kv.key.slice(start.length));
        }
      },
      ended: (error) => {
        if (error !== undefined && !server.closing.aborted) void this.#follow(server, resource).catch(() => {});
      },
    });
  }

  #note(kv: KeyValue, resource: ServedResource): void {
    const object = peekStored(kv, resource);
    const remote = remoteApiOf(object);
    const name = object.metadata.name ?? '';
    if (remote === undefined) {
      this.#forget(name);
      return;
    }
    const before = this.#remote.get(name);
    this.#remote.set(name, remote);
    // The controller's own write of the status does not lead to another check.
    const isNew =
      before === undefined || JSON.stringify({ ...before, isAvailable: remote.isAvailable }) !== JSON.stringify(remote);
    if (isNew) void this.#check(name);
  }

  async #check(name: string): Promise<void> {
    const { add } = await this.#started();
    add(name);
  }

  #forget(name: string): void {
    this.#swaggers = undefined;
    this.#remote.delete(name);
    this.#documents.delete(name);
  }

  /** Loads the code that remote APIs need, when there is one. */
  #started(): Promise<Machinery> {
    this.#machinery ??= this.#load();
    return this.#machinery;
  }

  async #load(): Promise<Machinery> {
    const [{ RemoteConnections }, { proxyRequest }, { AvailabilityController }] = await Promise.all([
      import('./remote-connections.js'),
      import('./remote-proxy.js'),
      import('./availability.js'),
    ]);
    if (this.#server === undefined || this.#resource === undefined) throw new Error('the server has not started');
    const connections = new RemoteConnections(this.#server, this.#options);
    const controller = new AvailabilityController(this.#server, this.#resource, connections, {
      get: (name) => this.#remote.get(name),
      all: () => this.#remote.values(),
      found: (name, documents) => this.#found(name, documents),
    });
    return { connections, proxyRequest, add: (name) => controller.add(name) };
  }

  #found(name: string, documents: RemoteDocuments | undefined): void {
    const before = this.#documents.get(name);
    if (!equal(before?.swagger, documents?.swagger)) this.#swaggers = undefined;
    if (documents !== undefined) this.#documents.set(name, documents);
    else if (before !== undefined)
      this.#documents.set(name, { ...before, discovery: { ...before.discovery, freshness: 'Stale' } });
  }

  groups(): readonly RemoteGroup[] {
    const groups = new Map<string, RemoteApi[]>();
    for (const remote of this.#remote.values()) groups.set(remote.group, [...(groups.get(remote.group) ?? []), remote]);
    return [...groups].map(([group, apis]) => ({
      group,
      priority: Math.max(...apis.map(({ groupPriority }) => groupPriority)),
      versions: apis.sort((one, other) => other.versionPriority - one.versionPriority).map(({ version }) => version),
    }));
  }

  serves(group: string, version: string): boolean {
    return this.#remote.has(`${version}.${group}`);
  }

  discovered(): readonly DiscoveredGroup[] {
    return this.groups().map(({ group, versions }) => ({
      name: group,
      versions: versions.map(
        (version) =>
          this.#documents.get(`${version}.${group}`)?.discovery ?? {
            version,
            resources: [],
            freshness: 'Stale' as const,
          },
      ),
    }));
  }

  openApiPaths(): ReadonlyMap<string, string> {
    const paths = new Map<string, string>();
    for (const { name, group, version } of this.#remote.values()) {
      const url = this.#documents.get(name)?.openApiUrl;
      if (url !== undefined) paths.set(`apis/${group}/${version}`, url);
    }
    return paths;
  }

  swaggers(): readonly RemoteSwagger[] {
    this.#swaggers ??= [...this.#remote.values()].flatMap(({ name, group, version }) => {
      const document = this.#documents.get(name)?.swagger;
      return document === undefined ? [] : [{ prefix: `/apis/${group}/${version}/`, document }];
    });
    return this.#swaggers;
  }

  async proxy(group: string, version: string, request: ServerRequest): Promise<ServerResponse> {
    const { connections, proxyRequest } = await this.#started();
    const remote = this.#remote.get(`${version}.${group}`);
    if (remote === undefined) throw internal(`there is no APIService for ${group}/${version}`);
    return proxyRequest(connections, remote, request);
  }
}
