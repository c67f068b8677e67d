import { createHash } from 'node:crypto';
import type { ApiFacts } from '../../meta/index.js';
import { header, type ServerRequest, type ServerResponse } from '../http/message.js';
import { noCache } from '../http/respond.js';
import { type LoadFacts, openApiDocument, plumbingDocument } from '../openapi/index.js';
import { apiFacts, factsIndex, metaFacts } from '../scheme/facts.js';
import { type Scheme, splitApiVersion } from '../scheme/scheme.js';

interface Made {
  readonly body: Uint8Array;
  readonly hash: string;
}

/** Documents are made when first asked for and kept with the facts they are made from. */
const documents = new WeakMap<object, Promise<Made>>();

/** `/openapi/v3`, which names a document for each group and version, and `/openapi/v3/<path>`, the documents. */
export async function openApiResponse(
  scheme: Scheme,
  segments: readonly string[],
  request: ServerRequest,
): Promise<ServerResponse> {
  if (segments.length === 0) return index(scheme);
  const path = segments.join('/');
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

async function index(scheme: Scheme): Promise<ServerResponse> {
  const entries = await Promise.all(
    paths(scheme).map(async (path) => {
      const { hash } = await documentAt(scheme, path);
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
    }),
  );
  const body = new TextEncoder().encode(JSON.stringify({ paths: Object.fromEntries(entries) }));
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...noCache }, body };
}

function documentAt(scheme: Scheme, path: string): Promise<Made> {
  const [root, ...rest] = path.split('/');
  const api = scheme.facts(root === 'api' ? '' : (rest[0] ?? ''), rest.at(-1) ?? '');
  const facts = api ?? factsIndex().plumbing[path];
  if (facts === undefined) throw new Error(`no facts for ${path}`);
  const made = documents.get(facts) ?? make(scheme, path, api);
  documents.set(facts, made);
  return made;
}

async function make(scheme: Scheme, path: string, api: ApiFacts | undefined): Promise<Made> {
  const load: LoadFacts = (place) => {
    if (place === 'meta') return metaFacts();
    const [group, version] = splitApiVersion(place);
    return scheme.isCustomGroup(group) ? scheme.facts(group, version) : apiFacts(group, version);
  };
  const document =
    api === undefined
      ? await plumbingDocument(path, factsIndex(), load)
      : await openApiDocument(api, factsIndex(), load, scheme.isCustomGroup(api.group));
  if (document === undefined) throw new Error(`no facts for ${path}`);
  const body = new TextEncoder().encode(JSON.stringify(document));
  return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() };
}
