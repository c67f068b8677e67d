import { parseResourcePath, splitPath } from '../server/http/request-info.js';
import type { ServerRequest } from '../server/index.js';

/** What is asked of a resource, in the words of RBAC. */
export type RequestVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** What a request is about, as far as its first line and its user tell. */
export interface RequestSummary {
  /** The HTTP method. */
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Undefined for what is no request to a resource, such as discovery. */
  readonly verb: RequestVerb | undefined;
  /** Empty for the core group, and for what is no request to a resource. */
  readonly group: string;
  /** The plural, with the subresource where there is one: `pods`, `pods/status`. Empty for what is no request to a resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Who asks; undefined for whoever comes without authentication. */
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

/** Whether a request is one of those meant. */
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
