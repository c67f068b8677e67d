import { InvalidRequestError, isApiError, isConflict, type RequestContext } from '../errors/index.js';
import type { KubeObject, Resource, Stored } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import { jsonCodec } from '../wire/index.js';
import { checkAnswer, deletedIn, deletedItemsIn } from './answers.js';
import type { ApiCaller } from './api-caller.js';
import { checkBody, encodeBody, nameIn } from './body.js';
import { checkSelection, deleteOptions } from './delete-options.js';
import { checkVerbOptions } from './known-options.js';
import { ListRequest } from './list-request.js';
import type {
  ApplyOptions,
  Change,
  DeleteAllOptions,
  DeletionOptions,
  GetOptions,
  ListOptions,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from './options.js';
import { checkJsonPatch, type Patch, patchContentTypes } from './patches.js';
import type { Projection, TableReader } from './projections.js';
import { selectionQuery, writeQuery } from './query.js';
import { ResourceCalls } from './resource-calls.js';
import type { TokenOptions } from './resource-client.js';
import { TableClient } from './table-client.js';
import { checkName, checkScope, contextOf, pathOf } from './target.js';
import { waitFor } from './wait-for.js';
import { WatchStream } from './watch-stream.js';

/** client-go's `retry.DefaultRetry`: 10 ms, not growing, a tenth of jitter, five tries. */
const CONFLICT_RETRY = { attempts: 5, waitMs: 10, jitter: 0.1 };

/**
 * Every verb for every kind, steered by the descriptor. One class behind all the types of `resource-client.ts`, which show of it what
 * fits the kind; what a type hides is refused at run time, for those who write JavaScript.
 */
export class GenericClient<T extends KubeObject = KubeObject> {
  readonly #caller: ApiCaller;
  readonly #describe: () => Promise<Resource>;
  readonly #namespace: string | undefined;
  readonly #projection: Projection;
  readonly #part: string | undefined;
  readonly #calls: ResourceCalls<T>;

  /** `describe` gives the kind, perhaps by discovery; `part` is the subresource. */
  constructor(
    caller: ApiCaller,
    describe: () => Promise<Resource>,
    namespace?: string,
    projection?: Projection,
    part?: string,
  ) {
    this.#caller = caller;
    this.#describe = describe;
    this.#namespace = namespace;
    this.#projection = projection;
    this.#part = part;
    this.#calls = new ResourceCalls(caller, { describe, namespace, projection, part });
  }

  in(namespace: string): GenericClient<T> {
    return new GenericClient(this.#caller, this.describeIn(namespace), namespace, this.#projection, this.#part);
  }

  /** Describes the kind for use in a namespace, which cluster-scoped kinds refuse. */
  protected describeIn(namespace: string): () => Promise<Resource> {
    checkName(namespace, 'namespace', {});
    return async () => {
      const resource = await this.#describe();
      if (resource.scope === 'Cluster') {
        throw new InvalidRequestError(
          `${resource.kind} is cluster-scoped: leave out .in(${JSON.stringify(namespace)})`,
        );
      }
      return resource;
    };
  }

  get metadata(): GenericClient {
    return new GenericClient(this.#caller, this.#describe, this.#namespace, 'metadata');
  }

  get table(): TableReader {
    return new TableClient(this.#caller, this.#describe, this.#namespace);
  }

  subresource(name: string): unknown {
    checkName(name, 'name', {});
    const client = new GenericClient<T>(this.#caller, this.#describe, this.#namespace, undefined, name);
    return {
      get: client.get.bind(client),
      replace: client.replace.bind(client),
      update: client.update.bind(client),
      patch: client.patch.bind(client),
      apply: client.apply.bind(client),
      create: client.#post.bind(client),
    };
  }

  get(name: string, options: GetOptions = {}): Promise<Stored<T>> {
    return this.#calls.get(name, options);
  }

  async find(name: string, options: GetOptions = {}): Promise<Stored<T> | undefined> {
    try {
      return await this.get(name, options);
    } catch (error) {
      // An unknown kind or path is "not found" too, but not about this name.
      if (isApiError(error) && error.isNotFound && error.status.details?.name === name) return undefined;
      throw error;
    }
  }

  list(options: ListOptions = {}): ListRequest<Stored<T>> {
    checkVerbOptions('list', options);
    return new ListRequest(
      (query) => this.#calls.page(query, options),
      options,
      ({ metadata }) => metadata.uid ?? `${metadata.namespace}/${metadata.name}`,
      { verb: 'list' },
    );
  }

  watch(options: WatchOptions = {}): WatchStream<Stored<T>> {
    checkVerbOptions('watch', options);
    const context: RequestContext = { verb: 'watch' };
    const opened = this.#calls.watch(options, context);
    return new WatchStream(opened.open, this.#caller, context, options, opened.check);
  }

  async create(object: unknown, options: WriteOptions = {}): Promise<Stored<T>> {
    const target = await this.#calls.target();
    const context = contextOf(target, 'create');
    checkScope(target, context);
    const body = checkBody(object, target, context);
    const name = nameIn(body);
    if (name !== undefined) checkName(name, 'name', context);
    else if (!body.metadata?.generateName && target.resource.verbs.includes('get')) {
      throw new InvalidRequestError(
        'the object has no name: set metadata.name, or metadata.generateName to have one made',
        { request: context },
      );
    }
    return this.#calls.write(
      target,
      typeof name === 'string' ? { ...context, name } : context,
      'POST',
      pathOf(target),
      body,
      options,
    );
  }

  async replace(object: unknown, options: WriteOptions = {}): Promise<Stored<T>> {
    return this.#replace(object, undefined, options, 'replace');
  }

  async update(name: string, change: Change<T, Stored<T>>, options: UpdateOptions = {}): Promise<Stored<T>> {
    const { clock, random } = this.#caller.shared;
    checkVerbOptions('update', options);
    const attempts = options.attempts ?? CONFLICT_RETRY.attempts;
    for (let attempt = 1; ; attempt++) {
      const read = { signal: options.signal, timeoutMs: options.timeoutMs };
      const draft = await this.get(name, read);
      const changed = (await change(draft)) ?? draft;
      try {
        return await this.#replace(changed, name, options, 'update');
      } catch (error) {
        if (!isConflict(error) || !(attempt < attempts)) throw error;
      }
      await clock.sleep(CONFLICT_RETRY.waitMs * (1 + CONFLICT_RETRY.jitter * random()), { signal: options.signal });
    }
  }

  async patch(name: string, patch: Patch<T>, options: WriteOptions & { force?: boolean } = {}): Promise<Stored<T>> {
    const { target, context } = await this.#calls.object('patch', name);
    if (!isObject(patch) || !Object.hasOwn(patchContentTypes, String(patch.type))) {
      throw new InvalidRequestError('not a patch: make one with mergePatch, jsonPatch or strategicMergePatch', {
        request: context,
      });
    }
    const { type, body } = patch;
    if (type === 'json' ? !Array.isArray(body) : !isObject(body)) {
      throw new InvalidRequestError(
        `the body of a ${type} patch must be ${type === 'json' ? 'an array of steps' : 'an object'}`,
        {
          request: context,
        },
      );
    }
    checkVerbOptions('patch', options);
    if (type === 'json') checkJsonPatch(body, context);
    const contentType = patchContentTypes[type];
    const path = pathOf(target, name, this.#part);
    // Patches are JSON by their own standards, whatever objects are encoded in.
    const bytes = encodeBody(jsonCodec, body, context);
    const query = writeQuery(options);
    return this.#calls.stored(target, { context, method: 'PATCH', path, query, body: bytes, contentType, options });
  }

  async apply(object: unknown, options: ApplyOptions): Promise<Stored<T>> {
    const target = await this.#calls.target();
    const named = isObject(object) ? nameIn(object) : undefined;
    const context = contextOf(target, 'apply', typeof named === 'string' ? named : undefined, this.#part);
    checkScope(target, context);
    const body = await this.#calls.checkPart(object, target, context);
    checkName(named, 'name', context);
    if (typeof options?.manager !== 'string' || options.manager === '') {
      throw new InvalidRequestError('server-side apply needs { manager }: in whose name the fields are owned', {
        request: context,
      });
    }
    checkVerbOptions('apply', options);
    const query = { ...writeQuery({ ...options, fieldManager: options.manager }), force: options.force };
    const contentType = 'application/apply-patch+yaml';
    const path = pathOf(target, named, this.#part);
    // JSON is YAML.
    const bytes = encodeBody(jsonCodec, body, context);
    return this.#calls.stored(target, { context, method: 'PATCH', path, query, body: bytes, contentType, options });
  }

  async delete(name: string, options: DeletionOptions = {}): Promise<Stored<T> | undefined> {
    const { target, context } = await this.#calls.object('delete', name);
    checkVerbOptions('delete', options);
    const body = encodeBody(this.#caller.codec, deleteOptions(options, context), context);
    const answer = await this.#caller.call({
      context,
      method: 'DELETE',
      path: pathOf(target, name),
      body,
      kind: target.resource,
      options,
      dryRun: options.dryRun,
    });
    const deleted = deletedIn<T>(answer, context);
    if (deleted !== undefined) checkAnswer(deleted, { ...this.#calls.expected(target), name }, context);
    return deleted;
  }

  async deleteAll(options: DeleteAllOptions = {}): Promise<Stored<T>[]> {
    const target = await this.#calls.target();
    const context = contextOf(target, 'deleteAll');
    checkScope(target, context);
    checkVerbOptions('deleteAll', options);
    const query = selectionQuery(options);
    checkSelection(options, query, context);
    const body = encodeBody(this.#caller.codec, deleteOptions(options, context), context);
    const answer = await this.#caller.call({
      context,
      method: 'DELETE',
      path: pathOf(target),
      query,
      body,
      kind: target.resource,
      options,
      dryRun: options.dryRun,
    });
    return deletedItemsIn<T>(answer, target.resource, context);
  }

  async waitFor(
    name: string,
    condition: (object: Stored<T> | undefined) => boolean,
    options: WaitOptions = {},
  ): Promise<Stored<T> | undefined> {
    const { context } = await this.#calls.object('wait for', name);
    checkVerbOptions('waitFor', options);
    return waitFor<Stored<T>>(this, name, condition, { ...options, context, shared: this.#caller.shared });
  }

  async scale(name: string, replicas: number, options: WriteOptions = {}): Promise<Stored<T>> {
    const { context } = await this.#calls.object('scale', name);
    if (!Number.isInteger(replicas) || replicas < 0) {
      throw new InvalidRequestError('the number of replicas must be a whole number, 0 or more', { request: context });
    }
    return this.#subresource('scale').patch(name, { type: 'merge', body: { spec: { replicas } } }, options);
  }

  async evict(name: string, options: DeletionOptions & WriteOptions = {}): Promise<void> {
    const { context } = await this.#calls.object('evict', name);
    checkVerbOptions('evict', options);
    const { propagation: _, gracePeriodSeconds: __, preconditions: ___, ...written } = options;
    await this.#subresource('eviction').#post(
      name,
      {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace: this.#namespace },
        deleteOptions: deleteOptions(options, context),
      },
      written,
    );
  }

  async bind(name: string, node: string, options: WriteOptions = {}): Promise<void> {
    const { context } = await this.#calls.object('bind', name);
    checkName(node, 'name', context);
    const body = {
      metadata: { name, namespace: this.#namespace },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    await this.#subresource('binding').#post(name, body, options);
  }

  async createToken(name: string, tokenOptions: TokenOptions = {}): Promise<unknown> {
    checkVerbOptions('createToken', tokenOptions);
    const { audiences, expirationSeconds, boundTo, ...options } = tokenOptions;
    await this.#calls.object('create token for', name);
    const body = { spec: { audiences, expirationSeconds, boundObjectRef: boundTo } };
    return this.#subresource('token').#post(name, body, options);
  }

  #subresource(part: string): GenericClient<T> {
    return new GenericClient<T>(this.#caller, this.#describe, this.#namespace, undefined, part);
  }

  /** To the subresource of one object. */
  async #post(name: string, object: unknown, options: WriteOptions = {}): Promise<Stored<T>> {
    const { target, context } = await this.#calls.object('create', name);
    const body = await this.#calls.checkPart(object, target, context);
    return this.#calls.write(target, context, 'POST', pathOf(target, name, this.#part), body, options);
  }

  async #replace(
    object: unknown,
    expected: string | undefined,
    options: WriteOptions,
    verb: string,
  ): Promise<Stored<T>> {
    const target = await this.#calls.target();
    const named = isObject(object) ? nameIn(object) : undefined;
    const context = contextOf(target, verb, typeof named === 'string' ? named : undefined, this.#part);
    checkScope(target, context);
    const body = await this.#calls.checkPart(object, target, context);
    checkName(named, 'name', context);
    if (expected !== undefined && named !== expected) {
      throw new InvalidRequestError(
        `the draft was renamed from ${JSON.stringify(expected)}: names cannot change; create another object`,
        {
          request: context,
        },
      );
    }
    const whole = await this.#calls.whole(target, named, body, options);
    return this.#calls.write(target, context, 'PUT', pathOf(target, named, this.#part), whole, options);
  }
}
