import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { TransportRequest } from '../transport/transport.js';
import type { CallOptions } from './options.js';
import type { Query } from './query.js';

/** A request that the typed verbs do not cover. */
export interface RawRequest extends CallOptions {
  /** Beginning with `/`, without the query: `/livez`, `/apis/metrics.k8s.io/v1beta1/nodes`. */
  readonly path: string;
  /** Default `GET`. */
  readonly method?: TransportRequest['method'] | undefined;
  readonly query?: Query | undefined;
  /** Default: anything. */
  readonly accept?: string | undefined;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string | undefined;
}

/** An answer as it came. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly bytes: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON. Throws `DecodingError`. */
  json(): unknown;
}

/** Refuses paths that are none, or that would be read as another one. */
export function checkPath(path: unknown): asserts path is string {
  const fine =
    typeof path === 'string' &&
    /^\/[\x21-\x7e]*$/.test(path) &&
    !/[?#]/.test(path) &&
    !path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (!fine) {
    throw new InvalidRequestError(
      'the path must begin with "/", be percent-encoded, and hold no query and no "." or ".." segments',
    );
  }
}

const verbs: { readonly [method: string]: string } = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Returns the object that a raw request writes, read from its path as the server reads it: `/api/v1/namespaces/shop/pods/web` and
 * `/apis/apps/v1/…`. Returns undefined for paths outside a kind.
 */
export function contextOfPath(method: string, path: string): RequestContext | undefined {
  const found =
    /^\/(?:api|apis\/([^/]+))\/[^/]+\/(?:namespaces\/([^/]+)\/(?!(?:status|finalize)$))?([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(
      path,
    );
  const [group, namespace, plural, name, subresource] = (found?.slice(1) ?? []).map(decoded);
  const verb = verbs[method];
  if (verb === undefined || plural === undefined) return undefined;
  return {
    verb: verb === 'delete' && name === undefined ? 'deleteAll' : verb,
    resource: group === undefined ? plural : `${plural}.${group}`,
    namespace,
    name,
    subresource,
  };
}

/** Decodes a segment of a path. A segment with an invalid escape stays as it is: the server refuses it. */
function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
