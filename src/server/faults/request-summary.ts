import { parseResourcePath, splitPath } from '../http/request-info.js';
import type { ServerRequest } from '../object/message.js';

/** The verbs of a resource, in the words of RBAC. */
export type RequestVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** The subject of a request, from its first line and its user. */
export interface RequestSummary {
  /** The HTTP method. */
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Undefined for a request outside a resource, such as discovery. */
  readonly verb: RequestVerb | undefined;
  /** Empty for the core group, and for a request outside a resource. */
  readonly group: string;
  /** The plural, with the subresource if there is one: `pods`, `pods/status`. Empty for a request outside a resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The user's name; undefined without authentication. */
  readonly user: string | undefined;
}

/** Which requests are meant: those that fit all that is named. What is not named may be anything. */
export interface RequestMatch {
  readonly verb?: RequestVerb | readonly RequestVerb[] | undefined;
  /** Empty for the core group. */
  readonly group?: string | undefined;
  /** The plural; `pods/status` for a subresource, which `pods` does not mean. */
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  /** Whatever else there is to say. */
  readonly when?: ((request: RequestSummary) => boolean) | undefined;
}

/** Reads what a request is about. */
export function summarize({ method, path, user }: ServerRequest): RequestSummary {
  const mark = path.indexOf('?');
  const segments = splitPath(mark < 0 ? path : path.slice(0, mark)) ?? [];
  const found = parseResourcePath(segments);
  const asker = user?.username;
  if (found === undefined || found.plural === '') {
    return {
      method,
      path,
      verb: undefined,
      group: '',
      resource: '',
      namespace: undefined,
      name: undefined,
      user: asker,
    };
  }
  const { group, plural, subresource, namespace, name } = found;
  const asksToWatch = /^(1|true)$/i.test(new URLSearchParams(path.slice(mark + 1)).get('watch') ?? '');
  return {
    method,
    path,
    verb: verbOf(method, found.watch || (name === undefined && mark >= 0 && asksToWatch), name === undefined),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    namespace,
    name,
    user: asker,
  };
}

/** Reports whether a request matches. */
export function matches(match: RequestMatch, request: RequestSummary): boolean {
  const { verb, when, ...rest } = match;
  const verbs = typeof verb === 'string' ? [verb] : verb;
  if (verbs !== undefined && (request.verb === undefined || !verbs.includes(request.verb))) return false;
  for (const name of ['group', 'resource', 'namespace', 'name', 'user'] as const) {
    if (rest[name] !== undefined && rest[name] !== request[name]) return false;
  }
  return when?.(request) ?? true;
}

function verbOf(method: string, watch: boolean, collection: boolean): RequestVerb | undefined {
  switch (method) {
    case 'GET':
      return watch ? 'watch' : collection ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return collection ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}
