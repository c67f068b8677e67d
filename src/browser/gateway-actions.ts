import type { KubeObject, Resource } from '../meta/resource.js';
import { type KindLike, queryKind } from './channel.js';

/** An object by its name. */
export interface ObjectName {
  readonly name: string;
  /** Left out for kinds of the cluster. */
  readonly namespace?: string | undefined;
}

/** Options of every action. */
export interface ActionOptions {
  /** The name of one of the gateway's clusters. Default: the first. */
  readonly cluster?: string | undefined;
  /** Gives the action up. What the API server has done by then stays. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of actions that write. */
export interface WriteOptions extends ActionOptions {
  /** Let the server check everything and store nothing. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** Options of `delete`. */
export interface DeleteOptions extends WriteOptions {
  /** The fate of what the object owns. Default: as the kind has it. */
  readonly propagation?: 'background' | 'foreground' | 'orphan' | undefined;
  /** The time that pods have to end. Default: as each pod has it. */
  readonly gracePeriodSeconds?: number | undefined;
  /** Delete only if the object still has this uid. */
  readonly uid?: string | undefined;
}

/** Options of `drain`. */
export interface DrainOptions extends ActionOptions {
  /** Also evict pods that nothing makes again. Default false. */
  readonly force?: boolean | undefined;
  /** The time that pods have to end. Default: as each pod has it. */
  readonly gracePeriodSeconds?: number | undefined;
  /** The longest time to wait for evictions, in milliseconds. Default: as the gateway has it. */
  readonly timeoutMs?: number | undefined;
}

/** A question to the API server about the user's own rights. */
export interface RightsQuestion extends Partial<ObjectName> {
  readonly verb: string;
  readonly kind: KindLike;
  readonly subresource?: string | undefined;
}

/** A kind that the cluster serves and the gateway lets through. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** A request to a pod or service, for a preview. */
export interface PreviewRequest extends ObjectName {
  readonly kind?: 'Pod' | 'Service' | undefined;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly body?: string | undefined;
}

/** The answer to a preview. `body` is base64. */
export interface PreviewAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

type Call = (action: string, params: object, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * The actions of a page, with the rights of its user. Each method resolves when the API server has answered, and rejects with a
 * `GatewayError`: 403 if the user may not, 409 after a conflict.
 */
export class GatewayActions {
  readonly #call: Call;

  /** @internal Made by `GatewayClient`. */
  constructor(call: Call) {
    this.#call = call;
  }

  /** Reads one object. */
  get<T extends KubeObject>(kind: Resource<T>, name: ObjectName, options: ActionOptions = {}): Promise<T> {
    return this.#ask('get', { kind: queryKind(kind), ...name }, options) as Promise<T>;
  }

  /** Creates an object. */
  create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#ask('create', { object }, options) as Promise<T>;
  }

  /** Applies an object on the server's side. `force` takes fields from other managers. */
  apply<T extends KubeObject>(object: T, options: WriteOptions & { readonly force?: boolean } = {}): Promise<T> {
    return this.#ask('apply', { object }, options) as Promise<T>;
  }

  /**
   * Writes what the user changed, onto the newest version of the object. If somebody else changed the same fields meanwhile it
   * rejects with 409, and the error names them in `fields`.
   */
  edit<T extends KubeObject>(original: T, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#ask('edit', { original, object }, options) as Promise<T>;
  }

  /** Sets the number of replicas of a workload. */
  async scale(kind: KindLike, name: ObjectName, replicas: number, options: ActionOptions = {}): Promise<void> {
    await this.#ask('scale', { kind: queryKind(kind), ...name, replicas }, options);
  }

  /** Restarts the pods of a workload one after another, as `kubectl rollout restart`. */
  async restart(kind: KindLike, name: ObjectName, options: ActionOptions = {}): Promise<void> {
    await this.#ask('restart', { kind: queryKind(kind), ...name }, options);
  }

  /** Deletes an object. */
  async delete(kind: KindLike, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    await this.#ask('delete', { kind: queryKind(kind), ...name }, options);
  }

  /** Keeps new pods off a node. */
  async cordon(node: string, options: ActionOptions = {}): Promise<void> {
    await this.#ask('cordon', { name: node }, options);
  }

  /** Lets new pods onto a node again. */
  async uncordon(node: string, options: ActionOptions = {}): Promise<void> {
    await this.#ask('uncordon', { name: node }, options);
  }

  /** Cordons a node and evicts its pods. Resolves with their keys when they are gone. */
  drain(node: string, options: DrainOptions = {}): Promise<DrainOutcome> {
    return this.#ask('drain', { name: node }, options) as Promise<DrainOutcome>;
  }

  /** Tells whether the user may do something. */
  can({ kind, ...question }: RightsQuestion, options: ActionOptions = {}): Promise<boolean> {
    return this.#ask('can', { ...question, kind: queryKind(kind) }, options) as Promise<boolean>;
  }

  /** Lists the kinds that the cluster serves and the gateway lets through. */
  kinds(options: ActionOptions = {}): Promise<readonly ServedKind[]> {
    return this.#ask('kinds', {}, options) as Promise<readonly ServedKind[]>;
  }

  /** Tells who the user is. */
  me(options: ActionOptions = {}): Promise<{ readonly user: string; readonly groups: readonly string[] }> {
    return this.#ask('me', {}, options) as Promise<{ user: string; groups: string[] }>;
  }

  /** Lists the names of the gateway's clusters. */
  clusters(options: ActionOptions = {}): Promise<readonly string[]> {
    return this.#ask('clusters', {}, options) as Promise<string[]>;
  }

  /** Sends a request to a port of a pod or service. */
  preview(request: PreviewRequest, options: ActionOptions = {}): Promise<PreviewAnswer> {
    return this.#ask('fetch', request, options) as Promise<PreviewAnswer>;
  }

  #ask(action: string, params: object, { signal, ...options }: ActionOptions): Promise<unknown> {
    return this.#call(action, { ...options, ...params }, signal);
  }
}

/** The pods that a drain evicted, and those that it left alone. */
export interface DrainOutcome {
  readonly evicted: readonly string[];
  readonly skipped: readonly string[];
}
