import { type Destination, describeDestination } from './destination.js';
import { scrub } from './scrub.js';

/**
 * The kind of an error, as a word for programs that never changes between releases:
 * - `ERR_KUBE_API` the server answered and refused (`ApiError`)
 * - `ERR_KUBE_NETWORK` the answer did not arrive (`NetworkError`)
 * - `ERR_KUBE_TIMEOUT` a deadline passed (`TimeoutError`)
 * - `ERR_KUBE_CONFIG` kubeconfig, service account or options do not lead to a cluster (`ConfigError`)
 * - `ERR_KUBE_DECODING` the answer breaks the rules of its encoding (`DecodingError`)
 * - `ERR_KUBE_INVALID_REQUEST` invalid input, refused before a byte was sent (`InvalidRequestError`)
 * - `ERR_KUBE_DEFINITION` a custom resource cannot be defined so (`DefinitionError` of `keelson/crd`)
 * - `ERR_KUBE_INSTALL` the server will not serve a kind that was defined (`InstallError` of `keelson/crd`)
 * - `ERR_KUBE_APPLY` some of several manifests could not be applied (`ApplyError`)
 * - `ERR_KUBE_DELETE` some objects of several manifests could not be deleted (`DeleteError`)
 * - `ERR_KUBE_CONTAINER` a container, or a command in it, could not be started (`ContainerError` of `keelson/cluster`)
 * - `ERR_KUBE_MANAGER` a part of a manager failed and so ended it (`ManagerError` of `keelson/controller`)
 * - `ERR_KUBE_LEADERSHIP_LOST` this process does not lead any more (`LeadershipLostError`)
 */
export type KubeErrorCode =
  | 'ERR_KUBE_API'
  | 'ERR_KUBE_NETWORK'
  | 'ERR_KUBE_TIMEOUT'
  | 'ERR_KUBE_CONFIG'
  | 'ERR_KUBE_DECODING'
  | 'ERR_KUBE_INVALID_REQUEST'
  | 'ERR_KUBE_APPLY'
  | 'ERR_KUBE_DELETE'
  | 'ERR_KUBE_DEFINITION'
  | 'ERR_KUBE_MANAGER'
  | 'ERR_KUBE_INSTALL'
  | 'ERR_KUBE_CONTAINER'
  | 'ERR_KUBE_LEADERSHIP_LOST';

/**
 * Marks every `KubeError`. A registered symbol, because two copies of the package in one process have two classes of each
 * name, and the guards (`isApiError` …) must know errors of both.
 */
const brand = Symbol.for('keelson.KubeError');

/** The subject of a request. It contains nothing secret: no headers, body or query. */
export interface RequestContext {
  /** A verb in the words of the API: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, … */
  readonly verb?: string | undefined;
  /** The kind, such as `Pod`. */
  readonly kind?: string | undefined;
  /** The plural name, with the group where it has one: `pods`, `deployments.apps`. */
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Options every error of the package takes. */
export interface KubeErrorOptions {
  /** The error underneath, if there is one. */
  readonly cause?: unknown;
  /** The request; the message begins with it. */
  readonly request?: RequestContext | undefined;
  /** The server that was asked, and as whom; the message ends with it. */
  readonly destination?: Destination | undefined;
}

/**
 * The base of every error this package throws on purpose, with two exceptions: an aborted operation rejects with the reason of
 * the caller's own signal, and pure text helpers (selectors, quantities, times) throw a `FormatError`.
 *
 * Messages, fields, `inspect` output and JSON never hold tokens, keys, passwords or request bodies.
 */
export abstract class KubeError extends Error {
  static {
    KubeError.prototype.name = 'KubeError';
    Object.defineProperty(KubeError.prototype, brand, { value: true });
  }

  /** The kind of the error, as a stable word. */
  abstract readonly code: KubeErrorCode;
  /** The request, if the thrower knew it. */
  declare readonly request?: RequestContext;
  /** The server that was asked, and as whom: in network errors, timeouts of requests, and refusals with 401 or 403. */
  declare readonly destination?: Destination;

  constructor(message: string, options: KubeErrorOptions = {}) {
    const { destination } = options;
    const prefix = options.request === undefined ? '' : describeRequest(options.request);
    const suffix = destination === undefined ? '' : ` (${describeDestination(destination)})`;
    super(
      // Causes and servers sometimes put what they were given into their messages: addresses with passwords, headers.
      scrub(`${prefix === '' ? message : `${prefix}: ${message}`}${suffix}`),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    if (options.request !== undefined) this.request = options.request;
    if (destination !== undefined) this.destination = destination;
  }

  /** Facts only, for logs. The stack is left out, and of the cause only its name, code and message are told. */
  toJSON(): Record<string, unknown> {
    const { name, message, cause, stack: _stack, ...facts } = this;
    return { name, message, ...facts, ...(cause === undefined ? {} : { cause: causeFacts(cause) }) };
  }
}

/**
 * Reports whether `error` is an error of this package, even from another copy of it, and has this code if you give one. The base of all
 * guards.
 */
export function isKubeError(error: unknown, code?: KubeErrorCode): error is KubeError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/** `get Pod shop/web-0`, `patch Deployment/scale shop/web`, `list pods in shop`: what messages begin with. */
function describeRequest(request: RequestContext): string {
  const what = request.kind ?? request.resource;
  const sub = request.subresource;
  const noun = what === undefined ? sub : sub === undefined ? what : `${what}/${sub}`;
  const words = [request.verb, noun];
  if (request.name !== undefined) {
    words.push(request.namespace === undefined ? request.name : `${request.namespace}/${request.name}`);
  } else if (request.namespace !== undefined) {
    words.push(`in ${request.namespace}`);
  }
  return words.filter((word) => word !== undefined && word !== '').join(' ');
}

function causeFacts(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {};
  return { name: cause.name, ...code, message: cause.message };
}
