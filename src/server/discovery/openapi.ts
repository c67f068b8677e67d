import { createHash } from 'node:crypto';
import type { ApiFacts } from '../../meta/index.js';
import { parseApiVersion } from '../../meta/index.js';
import type { JsonObject } from '../../util/json-value.js';
import { parseAccept } from '../http/negotiate.js';
import { errorResponse, noCache, textResponse } from '../http/respond.js';
import type { Aggregation, RemoteSwagger } from '../object/aggregation.js';
import { header, type ServerRequest, type ServerResponse } from '../object/message.js';
import type { Scheme, ServerContext } from '../object/server-context.js';
import { methodNotAllowed } from '../object/status-error.js';
import {
  type LoadFacts,
  type OpenApiDocument,
  openApiDocument,
  plumbingDocument,
  swaggerDocument,
  withSwagger,
} from '../openapi/index.js';
import { apiFacts, factsIndex, metaFacts } from '../scheme/facts.js';

interface Made {
  readonly body: Uint8Array;
  readonly hash: string;
}

/** Documents are made when first asked for and kept with the facts they are made from. */
const documents = new WeakMap<object, Promise<Made>>();

/** `/openapi/v3`, which names a document for each group and version, and `/openapi/v3/<path>`, the documents. */
export async function openApiResponse(
  { scheme, aggregation }: Pick<ServerContext, 'scheme' | 'aggregation'>,
  segments: readonly string[],
  request: ServerRequest,
): Promise<ServerResponse> {
  if (segments.length === 0) return index(scheme, aggregation);
  const path = segments.join('/');
  const [, group = '', version = ''] = segments;
  if (aggregation.openApiPaths().has(path)) return aggregation.proxy(group, version, request);
  if (!paths(scheme).includes(path)) return { status: 404, headers: { ...noCache }, body: new Uint8Array() };
  const { body, hash } = await documentAt(scheme, path);
  const etag = `"${hash}"`;
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private', etag, vary: 'Accept' };
  if (header(request, 'if-none-match') === etag) return { status: 304, headers, body: new Uint8Array() };
  return { status: 200, headers, body };
}

/** `api/v1`, `apis/apps/v1`, …, and those of no group and version: `version`, `apis/apps`, … */
function paths(scheme: Scheme): string[] {
  const served = scheme
    .groups()
    .flatMap(({ group, versions }) =>
      versions.map((version) => (group === '' ? `api/${version}` : `apis/${group}/${version}`)),
    );
  const plumbing = Object.keys(factsIndex().plumbing).filter((place) => {
    const [root, group] = place.split('/');
    return root !== 'apis' || group === undefined || scheme.group(group) !== undefined;
  });
  return [...served, ...plumbing].sort();
}

async function index(scheme: Scheme, aggregation: Aggregation): Promise<ServerResponse> {
  const entries = await Promise.all(
    paths(scheme).map(async (path) => {
      const { hash } = await documentAt(scheme, path);
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
    }),
  );
  const remote = [...aggregation.openApiPaths()].map(
    ([path, serverRelativeURL]) => [path, { serverRelativeURL }] as const,
  );
  const all = Object.fromEntries([...entries, ...remote]);
  const body = new TextEncoder().encode(JSON.stringify({ paths: all }));
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...noCache }, body };
}

function documentAt(scheme: Scheme, path: string): Promise<Made> {
  const api = apiAt(scheme, path);
  const facts = api ?? factsIndex().plumbing[path];
  if (facts === undefined) throw new Error(`no facts for ${path}`);
  const made = documents.get(facts) ?? make(scheme, path, api);
  documents.set(facts, made);
  return made;
}

const protobufTypes = [
  // Clients write the first; the real server answers with the second to both.
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
];

/** `/openapi/v2`: one document of everything, in JSON or in protobuf. */
export async function swaggerResponse(
  { scheme, aggregation }: Pick<ServerContext, 'scheme' | 'aggregation'>,
  request: ServerRequest,
): Promise<ServerResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorResponse(methodNotAllowed());
  const accept = header(request, 'accept');
  const encoding = accept.trim() === '' ? 'json' : swaggerEncoding(accept);
  if (encoding === undefined) return textResponse(406, '', { vary: 'Accept' });
  const own = swaggers.get(scheme.edition) ?? makeSwagger(scheme);
  swaggers.set(scheme.edition, own);
  const remote = aggregation.swaggers();
  const made = remote.length === 0 ? own : (merged.get(remote)?.get(own) ?? mergeSwaggers(own, remote));
  if (remote.length > 0) merged.set(remote, new Map([[own, made]]));
  const { body, hash, protobuf } = await made;
  const etag = `"${hash}"`;
  const type = encoding === 'json' ? 'application/json' : (protobufTypes.at(-1) ?? '');
  const headers = { 'content-type': type, 'cache-control': 'no-cache, private', etag, vary: 'Accept' };
  if (header(request, 'if-none-match') === etag) return { status: 304, headers, body: new Uint8Array() };
  return { status: 200, headers, body: encoding === 'json' ? body : await protobuf() };
}

/** The most wanted form there is. */
function swaggerEncoding(accept: string): 'json' | 'protobuf' | undefined {
  for (const { type } of parseAccept(accept)) {
    if (['*/*', 'application/*', 'application/json'].includes(type)) return 'json';
    if (protobufTypes.includes(type)) return 'protobuf';
  }
  return undefined;
}

interface MadeSwagger extends Made {
  /** The same in protobuf, made when first asked for. */
  protobuf(): Promise<Uint8Array>;
}

/** Made when first asked for and kept for as long as what is served stays the same. */
const swaggers = new WeakMap<object, Promise<MadeSwagger>>();

async function makeSwagger(scheme: Scheme): Promise<MadeSwagger> {
  const all = await Promise.all(paths(scheme).map(async (path) => documentOf(scheme, path, apiAt(scheme, path))));
  return encodedSwagger(swaggerDocument(all));
}

/** Merged documents, by the documents of other servers and that of this server. */
const merged = new WeakMap<readonly RemoteSwagger[], Map<Promise<MadeSwagger>, Promise<MadeSwagger>>>();

/** Adds the documents of other servers. */
async function mergeSwaggers(own: Promise<MadeSwagger>, remote: readonly RemoteSwagger[]): Promise<MadeSwagger> {
  let document = JSON.parse(new TextDecoder().decode((await own).body)) as JsonObject;
  for (const { prefix, document: other } of remote) document = withSwagger(document, other, prefix);
  return encodedSwagger(document);
}

function encodedSwagger(document: JsonObject): MadeSwagger {
  const body = new TextEncoder().encode(JSON.stringify(document));
  let encoded: Promise<Uint8Array> | undefined;
  const protobuf = (): Promise<Uint8Array> => {
    encoded ??= import('../openapi/swagger-protobuf.js').then(({ swaggerProtobuf }) =>
      swaggerProtobuf(JSON.parse(new TextDecoder().decode(body)) as { [field: string]: unknown }),
    );
    return encoded;
  };
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase(), protobuf };
}

function apiAt(scheme: Scheme, path: string): ApiFacts | undefined {
  const [root, ...rest] = path.split('/');
  return scheme.facts(root === 'api' ? '' : (rest[0] ?? ''), rest.at(-1) ?? '');
}

async function make(scheme: Scheme, path: string, api: ApiFacts | undefined): Promise<Made> {
  const body = new TextEncoder().encode(JSON.stringify(await documentOf(scheme, path, api)));
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() };
}

async function documentOf(scheme: Scheme, path: string, api: ApiFacts | undefined): Promise<OpenApiDocument> {
  const load: LoadFacts = (place) => {
    if (place === 'meta') return metaFacts();
    const { group, version } = parseApiVersion(place);
    return scheme.facts(group, version) ?? (scheme.isCustomGroup(group) ? undefined : apiFacts(group, version));
  };
  const document =
    api === undefined
      ? await plumbingDocument(path, factsIndex(), load)
      : await openApiDocument(api, factsIndex(), load, scheme.isCustomGroup(api.group));
  if (document === undefined) throw new Error(`no facts for ${path}`);
  return document;
}
