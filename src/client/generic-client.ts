import { InvalidRequestError, isApiError, isConflict, type RequestContext } from '../errors/index.js';
import type { KubeObject, Resource, Stored } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import { jsonCodec } from '../wire/index.js';
import {
  checkAnswer,
  checkSharded,
  deletedIn,
  deletedItemsIn,
  type Expected,
  itemsIn,
  listMetaIn,
  objectIn,
} from './answers.js';
import type { ApiCall, ApiCaller } from './api-caller.js';
import { checkBody, encodeBody, nameIn } from './body.js';
import { checkSelection, deleteOptions } from './delete-options.js';
import { acceptOf, encodeObjectFor, seenInProtobuf } from './encoding.js';
import { checkVerbOptions } from './known-options.js';
import { type ListPage, ListRequest, type PageQuery } from './list-request.js';
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
import { type Query, selectionQuery, writeQuery } from './query.js';
import type { TokenOptions } from './resource-client.js';
import { restoreFields } from './restore-fields.js';
import { TableClient } from './table-client.js';
import { checkName, checkScope, contextOf, parseKind, pathOf, type Target } from './target.js';
import { waitFor } from './wait-for.js';
import { WatchStream } from './watch-stream.js';

/** A watch lives at most an hour by the server's choice; what is quiet for longer than its own timeout and half a minute is dead. */
const LONGEST_WATCH_SECONDS = 3600;
const WATCH_SLACK_MS = 30_000;

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
    return this.#get(name, options);
  }

  async #get(name: string, options: GetOptions, accepted?: string): Promise<Stored<T>> {
    const { target, context } = await this.#object('get', name);
    checkVerbOptions('get', options);
    const accept = accepted ?? (await this.#accept(target, false));
    const query = { resourceVersion: options.resourceVersion };
    const path = pathOf(target, name, this.#part);
    return this.#stored(target, { context, method: 'GET', path, query, accept, options });
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
      (query) => this.#page(query, options),
      options,
      ({ metadata }) => metadata.uid ?? `${metadata.namespace}/${metadata.name}`,
      { verb: 'list' },
    );
  }

  watch(options: WatchOptions = {}): WatchStream<Stored<T>> {
    checkVerbOptions('watch', options);
    const context: RequestContext = { verb: 'watch' };
    let expected: Expected = {};
    const open = async (signal: AbortSignal) => {
      const target = await this.#target();
      Object.assign(context, contextOf(target, 'watch'));
      expected = this.#expected(target);
      const query: Query = {
        watch: true,
        // Always asked for: on a quiet watch they are the only sign of life.
        allowWatchBookmarks: true,
        ...selectionQuery(options),
        resourceVersion: options.resourceVersion,
        resourceVersionMatch: options.resourceVersionMatch ?? (options.sendInitialEvents ? 'NotOlderThan' : undefined),
        sendInitialEvents: options.sendInitialEvents,
        timeoutSeconds: options.timeoutSeconds,
      };
      const timeoutMs = options.timeoutMs ?? (options.timeoutSeconds ?? LONGEST_WATCH_SECONDS) * 1000 + WATCH_SLACK_MS;
      const accept = await this.#accept(target, false, true);
      return this.#caller.open({
        context,
        method: 'GET',
        path: pathOf(target),
        query,
        accept,
        options: { signal, timeoutMs },
      });
    };
    return new WatchStream(open, this.#caller, context, options, (object) => checkAnswer(object, expected, context));
  }

  async create(object: unknown, options: WriteOptions = {}): Promise<Stored<T>> {
    const target = await this.#target();
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
    return this.#write(
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
    const { target, context } = await this.#object('patch', name);
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
    return this.#stored(target, { context, method: 'PATCH', path, query, body: bytes, contentType, options });
  }

  async apply(object: unknown, options: ApplyOptions): Promise<Stored<T>> {
    const target = await this.#target();
    const named = isObject(object) ? nameIn(object) : undefined;
    const context = contextOf(target, 'apply', typeof named === 'string' ? named : undefined, this.#part);
    checkScope(target, context);
    const body = await this.#checkPart(object, target, context);
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
    return this.#stored(target, { context, method: 'PATCH', path, query, body: bytes, contentType, options });
  }

  async delete(name: string, options: DeletionOptions = {}): Promise<Stored<T> | undefined> {
    const { target, context } = await this.#object('delete', name);
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
    if (deleted !== undefined) checkAnswer(deleted, { ...this.#expected(target), name }, context);
    return deleted;
  }

  async deleteAll(options: DeleteAllOptions = {}): Promise<Stored<T>[]> {
    const target = await this.#target();
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
    const { context } = await this.#object('wait for', name);
    checkVerbOptions('waitFor', options);
    return waitFor<Stored<T>>(this, name, condition, { ...options, context, shared: this.#caller.shared });
  }

  async scale(name: string, replicas: number, options: WriteOptions = {}): Promise<Stored<T>> {
    const { context } = await this.#object('scale', name);
    if (!Number.isInteger(replicas) || replicas < 0) {
      throw new InvalidRequestError('the number of replicas must be a whole number, 0 or more', { request: context });
    }
    return this.#subresource('scale').patch(name, { type: 'merge', body: { spec: { replicas } } }, options);
  }

  async evict(name: string, options: DeletionOptions & WriteOptions = {}): Promise<void> {
    const { context } = await this.#object('evict', name);
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
    const { context } = await this.#object('bind', name);
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
    await this.#object('create token for', name);
    const body = { spec: { audiences, expirationSeconds, boundObjectRef: boundTo } };
    return this.#subresource('token').#post(name, body, options);
  }

  #subresource(part: string): GenericClient<T> {
    return new GenericClient<T>(this.#caller, this.#describe, this.#namespace, undefined, part);
  }

  async #target(): Promise<Target> {
    return { resource: await this.#describe(), namespace: this.#namespace };
  }

  /** The target and the checks that every verb on one object shares. */
  async #object(verb: string, name: string): Promise<{ target: Target; context: RequestContext }> {
    const target = await this.#target();
    const context = contextOf(target, verb, undefined, this.#part);
    checkScope(target, context);
    checkName(name, 'name', context);
    return { target, context: { ...context, name } };
  }

  /** An object for this subresource, if it is one, may be of another kind than the resource's, such as `Scale`. */
  async #checkPart(
    object: unknown,
    target: Target,
    context: RequestContext,
  ): Promise<Record<string, unknown> & KubeObject> {
    const kind = this.#part === undefined ? undefined : target.resource.subresources[this.#part]?.kind;
    return checkBody(
      object,
      // Discovery may leave it out.
      !kind ? target : { ...target, resource: { ...target.resource, ...parseKind(kind) } },
      context,
    );
  }

  /** To the subresource of one object. */
  async #post(name: string, object: unknown, options: WriteOptions = {}): Promise<Stored<T>> {
    const { target, context } = await this.#object('create', name);
    const body = await this.#checkPart(object, target, context);
    return this.#write(target, context, 'POST', pathOf(target, name, this.#part), body, options);
  }

  async #replace(
    object: unknown,
    expected: string | undefined,
    options: WriteOptions,
    verb: string,
  ): Promise<Stored<T>> {
    const target = await this.#target();
    const named = isObject(object) ? nameIn(object) : undefined;
    const context = contextOf(target, verb, typeof named === 'string' ? named : undefined, this.#part);
    checkScope(target, context);
    const body = await this.#checkPart(object, target, context);
    checkName(named, 'name', context);
    if (expected !== undefined && named !== expected) {
      throw new InvalidRequestError(
        `the draft was renamed from ${JSON.stringify(expected)}: names cannot change; create another object`,
        {
          request: context,
        },
      );
    }
    const whole = await this.#whole(target, named, body, options);
    return this.#write(target, context, 'PUT', pathOf(target, named, this.#part), whole, options);
  }

  /** The object with the fields of a newer server that were lost when it was read, if any were. */
  async #whole<O extends KubeObject>(target: Target, name: string, object: O, options: WriteOptions): Promise<O> {
    if (!this.#caller.shared.newerFields.isPartial(object)) return object;
    const accept = await acceptOf('json', target.resource, this.#projection, false);
    const stored = await this.#get(name, { signal: options.signal, timeoutMs: options.timeoutMs }, accept);
    const version = object.metadata?.resourceVersion;
    // A version that has passed is a conflict, which the server tells.
    if (version !== undefined && version !== stored.metadata.resourceVersion) return object;
    return restoreFields(object, stored, await seenInProtobuf(stored));
  }

  async #write(
    target: Target,
    context: RequestContext,
    method: 'POST' | 'PUT',
    path: string,
    object: Record<string, unknown>,
    options: WriteOptions,
  ): Promise<Stored<T>> {
    const sent = (await encodeObjectFor(this.#caller.encoding, object)) ?? {
      body: encodeBody(this.#caller.codec, object, context),
    };
    if (context.verb === 'create' || context.verb === 'replace' || context.verb === 'update') {
      checkVerbOptions(context.verb, options);
    }
    return this.#stored(target, { context, method, path, query: writeQuery(options), ...sent, options });
  }

  /** Sends a call, and checks that the answer is about the object that was asked for. */
  async #stored(target: Target, call: Omit<ApiCall, 'kind'>): Promise<Stored<T>> {
    const object = objectIn<T>(await this.#caller.call({ ...call, kind: target.resource }), call.context);
    checkAnswer(object, { ...this.#expected(target), name: call.context.name }, call.context);
    return object;
  }

  /**
   * Returns the kind that the answer must have. Subresources may have other kinds, which discovery need not name, and may return a
   * Status.
   */
  #expected({ resource, namespace }: Target): Expected {
    if (this.#part !== undefined) return { namespace };
    return { namespace, kind: this.#projection === 'metadata' ? PARTIAL_METADATA : resource };
  }

  #accept({ resource }: Target, many: boolean, watch = false): Promise<string> {
    return acceptOf(this.#caller.readEncoding(resource), resource, this.#projection, many, watch);
  }

  async #page(query: PageQuery, options: ListOptions): Promise<ListPage<Stored<T>>> {
    const target = await this.#target();
    const context = contextOf(target, 'list');
    const answer = await this.#caller.call({
      context,
      method: 'GET',
      path: pathOf(target),
      query: { ...selectionQuery(options), ...query, limit: query.limit === 0 ? undefined : query.limit },
      accept: await this.#accept(target, true),
      kind: target.resource,
      options,
    });
    const { resourceVersion = '', continue: token, remainingItemCount } = listMetaIn(answer);
    checkSharded(answer, options, context);
    const items = itemsIn<T>(answer, this.#projection === 'metadata' ? PARTIAL_METADATA : target.resource, context);
    const expected = this.#expected(target);
    for (const item of items) checkAnswer(item, expected, context);
    return {
      items,
      resourceVersion,
      ...(token ? { continue: token } : {}),
      ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
    };
  }
}

const PARTIAL_METADATA = { group: 'meta.k8s.io', version: 'v1', kind: 'PartialObjectMetadata' };
