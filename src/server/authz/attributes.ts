import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { flag } from '../http/list-options.js';
import type { Attributes } from '../object/authorization.js';
import type { ServerRequest } from '../object/message.js';
import { failure, type StatusError } from '../object/status-error.js';
import type { UserInfo } from '../object/user.js';

const verbs: { readonly [method: string]: string } = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const namespaceSubresources = new Set(['status', 'finalize']);

/** Returns the attributes of a request, whether the resource exists or not: kube-apiserver's RequestInfo. */
export function attributesOf(
  { method, path }: Pick<ServerRequest, 'method' | 'path'>,
  segments: readonly string[],
  query: URLSearchParams,
  user: UserInfo,
): Attributes {
  const plain = path.split('?', 1)[0] ?? path;
  const core = segments[0] === 'api';
  const first = core ? 2 : 3;
  const [group = '', version = ''] = core ? ['', segments[1]] : [segments[1], segments[2]];
  let rest = segments.slice(first);
  if ((!core && segments[0] !== 'apis') || rest.length === 0) return { user, verb: method.toLowerCase(), path: plain };
  let verb = verbs[method] ?? '';
  const special = rest[0] === 'watch' || rest[0] === 'proxy' ? rest[0] : undefined;
  if (special !== undefined) {
    rest = rest.slice(1);
    verb = special;
    if (rest.length === 0) return { user, verb, path: plain };
  }
  let namespace = '';
  if (rest[0] === 'namespaces' && rest[1] !== undefined) {
    namespace = rest[1];
    if (rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '')) rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = ''] = rest;
  const collection = name === '';
  let about = name;
  const fieldSelector = query.get('fieldSelector') ?? '';
  if (collection && verb === 'get') {
    verb = flag(query, 'watch') === true ? 'watch' : 'list';
  } else if (collection && verb === 'delete') verb = 'deletecollection';
  // A list of one object by its name is a question about that object.
  if (collection && (verb === 'list' || verb === 'watch' || verb === 'deletecollection'))
    about = /^metadata\.name=([^,!=]+)$/.exec(fieldSelector)?.[1] ?? '';
  return {
    user,
    verb,
    path: plain,
    resource: {
      group,
      version,
      resource,
      subresource: special === 'proxy' ? '' : subresource,
      namespace,
      name: about,
      ...(collection && fieldSelector !== '' ? { fieldSelector } : {}),
    },
  };
}

/** 403: who may not do what, and where. `reason` is what the authorizer says besides. */
export function notAllowed({ user, verb, resource, path }: Attributes, reason = ''): StatusError {
  const why = reason === '' ? '' : `: ${reason}`;
  const headers = { 'x-content-type-options': 'nosniff' };
  const who = `User ${JSON.stringify(user.username)}`;
  if (resource === undefined) {
    const message = `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}${why}`;
    return failure(403, 'Forbidden', message, {}, headers);
  }
  const { group, namespace, name, subresource } = resource;
  const subject = `${resource.resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : ` ${JSON.stringify(name)}`}`;
  const what = `resource "${resource.resource}${subresource === '' ? '' : `/${subresource}`}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const message = `${subject} is forbidden: ${who} cannot ${verb} ${what} in API group ${JSON.stringify(group)} ${where}${why}`;
  const details = { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource.resource };
  return failure(403, 'Forbidden', message, details, headers);
}

/** The question that the spec of an access review asks. */
export function attributesOfReview(spec: { [field: string]: unknown }, user: UserInfo): Attributes {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (spec.resourceAttributes === undefined) {
    const { path, verb } = fieldsOf(spec.nonResourceAttributes);
    return { user, verb: text(verb), path: text(path) };
  }
  const asked = fieldsOf(spec.resourceAttributes);
  const { verb, group, version, resource, subresource, namespace, name } = asked;
  return {
    user,
    verb: text(verb),
    path: '',
    resource: {
      group: text(group),
      version: text(version),
      resource: text(resource),
      subresource: text(subresource),
      namespace: text(namespace),
      name: text(name),
      fieldSelector: selectorOf(fieldsOf(asked.fieldSelector)),
    },
  };
}

/** The field selector that a review tells, in whichever of its two forms, as a query has it. */
function selectorOf({ rawSelector, requirements }: { [field: string]: unknown }): string {
  if (textOf(rawSelector) !== '') return textOf(rawSelector);
  const equalities = objectsOf(requirements).filter(
    ({ operator, values }) => operator === 'In' && listOf(values).length === 1,
  );
  return equalities.map(({ key, values }) => `${textOf(key)}=${textOf(listOf(values)[0])}`).join(',');
}
