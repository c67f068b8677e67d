import type { RequestContext } from '../errors/index.js';
import type { KubeObject, Resource, Stored } from '../meta/index.js';
import type { TransportResponse } from '../transport/transport.js';
import { checkAnswer, checkSharded, type Expected, itemsIn, listMetaIn, objectIn } from './answers.js';
import type { ApiCall, ApiCaller } from './api-caller.js';
import { checkBody, encodeBody } from './body.js';
import { acceptOf, encodeObjectFor, seenInProtobuf } from './encoding.js';
import { checkVerbOptions } from './known-options.js';
import type { ListPage, PageQuery } from './list-request.js';
import type { GetOptions, ListOptions, WatchOptions, WriteOptions } from './options.js';
import type { Projection } from './projections.js';
import { type Query, selectionQuery, writeQuery } from './query.js';
import { restoreFields } from './restore-fields.js';
import { checkName, checkScope, contextOf, parseKind, pathOf, type Target } from './target.js';

/** A watch lives at most an hour by the server's choice; what is quiet for longer than its own timeout and half a minute is dead. */
const LONGEST_WATCH_SECONDS = 3600;
const WATCH_SLACK_MS = 30_000;

/** The kind and place that a handle is bound to. */
export interface Binding {
  /** Gives the kind, perhaps by discovery. */
  readonly describe: () => Promise<Resource>;
  readonly namespace: string | undefined;
  readonly projection: Projection;
  /** The subresource. */
  readonly part: string | undefined;
}

/** Sends the calls of one handle, and checks that the answers are about what was asked for. */
export class ResourceCalls<T extends KubeObject> {
  readonly #caller: ApiCaller;
  readonly #describe: () => Promise<Resource>;
  readonly #namespace: string | undefined;
  readonly #projection: Projection;
  readonly #part: string | undefined;

  constructor(caller: ApiCaller, { describe, namespace, projection, part }: Binding) {
    this.#caller = caller;
    this.#describe = describe;
    this.#namespace = namespace;
    this.#projection = projection;
    this.#part = part;
  }

  /** Returns what the handle is bound to. */
  async target(): Promise<Target> {
    return { resource: await this.#describe(), namespace: this.#namespace };
  }

  /** Returns the target and the context of a verb on one object. Throws `InvalidRequestError` for a name or scope that cannot be. */
  async object(verb: string, name: string): Promise<{ target: Target; context: RequestContext }> {
    const target = await this.target();
    const context = contextOf(target, verb, undefined, this.#part);
    checkScope(target, context);
    checkName(name, 'name', context);
    return { target, context: { ...context, name } };
  }

  /** Reads one object. `accepted` replaces the `Accept` header of the handle. */
  async get(name: string, options: GetOptions, accepted?: string): Promise<Stored<T>> {
    const { target, context } = await this.object('get', name);
    checkVerbOptions('get', options);
    const accept = accepted ?? (await this.accept(target, false));
    const query = { resourceVersion: options.resourceVersion };
    const path = pathOf(target, name, this.#part);
    return this.stored(target, { context, method: 'GET', path, query, accept, options });
  }

  /** Checks an object to send. The object of a subresource may be of another kind than the resource, such as `Scale`. */
  async checkPart(
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

  /** Returns the object with the fields of a newer server that were lost when it was read, if any were. */
  async whole<O extends KubeObject>(target: Target, name: string, object: O, options: WriteOptions): Promise<O> {
    if (!this.#caller.shared.newerFields.isPartial(object)) return object;
    const accept = await acceptOf('json', target.resource, this.#projection, false);
    const stored = await this.get(name, { signal: options.signal, timeoutMs: options.timeoutMs }, accept);
    const version = object.metadata?.resourceVersion;
    // A version that has passed is a conflict, which the server tells.
    if (version !== undefined && version !== stored.metadata.resourceVersion) return object;
    return restoreFields(object, stored, await seenInProtobuf(stored));
  }

  /** Sends an object, in the encoding that the handle writes. */
  async write(
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
    return this.stored(target, { context, method, path, query: writeQuery(options), ...sent, options });
  }

  /** Sends a call, and checks that the answer is about the object that was asked for. */
  async stored(target: Target, call: Omit<ApiCall, 'kind'>): Promise<Stored<T>> {
    const object = objectIn<T>(await this.#caller.call({ ...call, kind: target.resource }), call.context);
    checkAnswer(object, { ...this.expected(target), name: call.context.name }, call.context);
    return object;
  }

  /**
   * Returns the kind that the answer must have. Subresources may have other kinds, which discovery need not name, and may return a
   * Status.
   */
  expected({ resource, namespace }: Target): Expected {
    if (this.#part !== undefined) return { namespace };
    return { namespace, kind: this.#projection === 'metadata' ? PARTIAL_METADATA : resource };
  }

  /** Returns the `Accept` header of a read. */
  accept({ resource }: Target, many: boolean, watch = false): Promise<string> {
    return acceptOf(this.#caller.readEncoding(resource), resource, this.#projection, many, watch);
  }

  /** Fetches one page of a list. */
  async page(query: PageQuery, options: ListOptions): Promise<ListPage<Stored<T>>> {
    const target = await this.target();
    const context = contextOf(target, 'list');
    const answer = await this.#caller.call({
      context,
      method: 'GET',
      path: pathOf(target),
      query: { ...selectionQuery(options), ...query, limit: query.limit === 0 ? undefined : query.limit },
      accept: await this.accept(target, true),
      kind: target.resource,
      options,
    });
    const { resourceVersion = '', continue: token, remainingItemCount } = listMetaIn(answer);
    checkSharded(answer, options, context);
    const items = itemsIn<T>(answer, this.#projection === 'metadata' ? PARTIAL_METADATA : target.resource, context);
    const expected = this.expected(target);
    for (const item of items) checkAnswer(item, expected, context);
    return {
      items,
      resourceVersion,
      ...(token ? { continue: token } : {}),
      ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
    };
  }
  /** Returns the way to open a watch, and the check of its objects. `context` gets what is known of the kind once it is opened. */
  watch(
    options: WatchOptions,
    context: RequestContext,
  ): { open: (signal: AbortSignal) => Promise<TransportResponse>; check: (object: KubeObject) => void } {
    let expected: Expected = {};
    const open = async (signal: AbortSignal) => {
      const target = await this.target();
      Object.assign(context, contextOf(target, 'watch'));
      expected = this.expected(target);
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
      const accept = await this.accept(target, false, true);
      return this.#caller.open({
        context,
        method: 'GET',
        path: pathOf(target),
        query,
        accept,
        options: { signal, timeoutMs },
      });
    };
    return { open, check: (object) => checkAnswer(object, expected, context) };
  }
}

const PARTIAL_METADATA = { group: 'meta.k8s.io', version: 'v1', kind: 'PartialObjectMetadata' };
