import { impliedReturn, schemaOfKind } from '../../meta/api-actions.js';
import type { ActionFacts, ApiFacts, PlumbingFacts } from '../../meta/api-facts.js';
import type { OpenApiParameter } from './parameters.js';
import { type FullName, kindOf } from './schema.js';

/** The media types of requests and answers. */
interface MediaTypes {
  readonly answers: readonly string[];
  readonly streams: readonly string[];
  readonly patches: readonly string[];
}

const BUILT_IN: MediaTypes = {
  answers: ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'],
  streams: ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'],
  patches: [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
  ],
};

/** Custom resources know neither protobuf nor strategic merge: `kubectl apply` reads here which patch it may send. */
const CUSTOM: MediaTypes = {
  answers: ['application/json', 'application/yaml'],
  streams: ['application/json;stream=watch'],
  patches: ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'],
};

/** The verb an operation's name starts with. */
const WORDS: { readonly [action: string]: string } = {
  get: 'read',
  list: 'list',
  watch: 'watch',
  watchlist: 'watch',
  post: 'create',
  put: 'replace',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete',
};

/** The statuses a success may have, by action; any other action answers 200. */
const SUCCESS: { readonly [action: string]: readonly string[] } = {
  post: ['200', '201', '202'],
  put: ['200', '201'],
  patch: ['200', '201'],
  delete: ['200', '202'],
};

const REASONS: { readonly [status: string]: string } = { '200': 'OK', '201': 'Created', '202': 'Accepted' };

/** One operation of a path as OpenAPI v3 documents write it. */
export function openApiOperation(
  api: ApiFacts,
  path: string,
  method: string,
  facts: ActionFacts,
  parameters: OpenApiParameter[] | undefined,
  fullName: FullName,
  custom: boolean,
): { [field: string]: unknown } {
  const media = custom ? CUSTOM : BUILT_IN;
  const body = requestBody(facts, fullName, media);
  return {
    tags: [tagOf(api)],
    operationId: operationId(api, path, method, facts),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responses(facts, fullName, media),
    ...(facts.action === undefined ? {} : { 'x-kubernetes-action': facts.action }),
    ...(facts.kind === undefined ? {} : { 'x-kubernetes-group-version-kind': kindOf(facts.kind) }),
  };
}

/** The one operation of a path without resources, such as `/version/`. */
export function plumbingOperation(facts: PlumbingFacts, fullName: FullName): { [field: string]: unknown } {
  const { returns } = facts;
  const schema = returns.includes('.') ? { $ref: pointer(fullName(returns)) } : { type: returns };
  const content = Object.fromEntries(facts.mediaTypes.map((type) => [type, { schema }]));
  const responses = { '200': { description: 'OK', content }, '401': { description: 'Unauthorized' } };
  return { tags: [facts.tag], operationId: facts.operationId, responses };
}

function requestBody({ action, kind }: ActionFacts, fullName: FullName, media: MediaTypes): object | undefined {
  const content = (types: readonly string[], ref: string) =>
    Object.fromEntries(types.map((type) => [type, { schema: { $ref: pointer(fullName(ref)) } }]));
  if (action === 'patch') return { content: content(media.patches, 'meta.Patch'), required: true };
  if (action === 'delete' || action === 'deletecollection') return { content: content(['*/*'], 'meta.DeleteOptions') };
  if ((action === 'post' || action === 'put') && kind !== undefined) {
    return { content: content(['*/*'], schemaOfKind(kind)), required: true };
  }
  return undefined;
}

function responses(facts: ActionFacts, fullName: FullName, media: MediaTypes): object {
  const { action = '' } = facts;
  const content = answer(facts, fullName, media);
  const success = (SUCCESS[action] ?? ['200']).map((status) => [
    status,
    { description: REASONS[status], ...(content === undefined ? {} : { content }) },
  ]);
  return Object.fromEntries([...success, ['401', { description: 'Unauthorized' }]]);
}

function answer(facts: ActionFacts, fullName: FullName, media: MediaTypes): object | undefined {
  const { action = '' } = facts;
  const returns = facts.returns ?? impliedReturn(facts);
  if (returns === undefined) return undefined;
  // A name that is not a schema is a JSON type: an open connection, or text.
  const schema = returns.includes('.') ? { $ref: pointer(fullName(returns)) } : { type: returns };
  return Object.fromEntries(mediaTypes(action, returns, media).map((type) => [type, { schema }]));
}

function mediaTypes(action: string, returns: string, { answers, streams }: MediaTypes): readonly string[] {
  if (action === 'connect') return ['*/*'];
  if (action === 'list' || action === 'watch' || action === 'watchlist') return [...answers, ...streams].sort();
  return returns.includes('.') ? answers : [...answers, 'text/plain'];
}

/** `listAppsV1NamespacedDeployment`: verb, group and version, scope, the resource's kind, subresource. */
function operationId(api: ApiFacts, path: string, method: string, { action }: ActionFacts): string {
  const group = groupWord(api);
  const name = `${upper(group)}${upper(api.version)}`;
  if (action === undefined) return `${method}${name}APIResources`;
  const root = api.group === '' ? `/api/${api.version}/` : `/apis/${api.group}/${api.version}/`;
  const segments = path.slice(root.length).split('/');
  if (segments[0] === 'watch') segments.shift();
  const namespaced = segments[0] === 'namespaces' && segments[1] === '{namespace}';
  const [plural, , sub, rest] = namespaced ? segments.slice(2) : segments;
  const resource = api.resources.find((one) => one.plural === plural);
  const verb = action === 'connect' ? `connect${name}${upper(method)}` : `${WORDS[action] ?? action}${name}`;
  const collection = action === 'deletecollection' ? 'Collection' : '';
  const scope = namespaced ? 'Namespaced' : '';
  const everywhere = !namespaced && resource?.scope === 'Namespaced' ? 'ForAllNamespaces' : '';
  const list = action === 'watchlist' ? 'List' : '';
  const withPath = rest === undefined ? '' : 'WithPath';
  return `${verb}${collection}${scope}${resource?.kind ?? ''}${upper(sub ?? '')}${withPath}${list}${everywhere}`;
}

function tagOf(api: ApiFacts): string {
  return `${groupWord(api)}_${api.version}`;
}

/** `rbac.authorization.k8s.io` as one word: `rbacAuthorization`; other domains keep their end. */
function groupWord({ group }: ApiFacts): string {
  if (group === '') return 'core';
  const [first = '', ...more] = group.replace(/\.k8s\.io$/, '').split('.');
  return `${first}${more.map(upper).join('')}`;
}

function upper(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

function pointer(name: string): string {
  return `#/components/schemas/${name}`;
}
