import { isObject } from '../util/json-value.js';
import {
  type ApiSource,
  CodegenError,
  type DiscoveryGroup,
  type GroupVersionDocument,
  type PlumbingDocument,
} from './api-source.js';
import type { OpenApiDocument } from './document.js';
import { sourceFromDocument } from './split-document.js';
import { fromSwagger, type SwaggerDocument } from './swagger.js';

/**
 * Gets a JSON document from an API server: `path` begins with `/`, `accept` is the Accept header to send. Rejects where
 * the answer is not 200 or no JSON.
 */
export type FetchJson = (path: string, accept: string) => Promise<unknown>;

/** The answer of `/openapi/v3`: which documents there are. */
interface OpenApiIndex {
  paths: { [place: string]: { serverRelativeURL?: string } };
}

const JSON_TYPE = 'application/json';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The number of documents that are fetched at a time. */
const AT_ONCE = 4;

/**
 * Reads the API of a running server: every document of `/openapi/v3`, and aggregated discovery (`/api`, `/apis`) where it
 * answers that, which is since Kubernetes 1.30; otherwise resources are derived from the paths.
 */
export async function sourceFromServer(fetchJson: FetchJson): Promise<ApiSource> {
  const index = await fetchJson('/openapi/v3', JSON_TYPE);
  if (!isOpenApiIndex(index)) {
    throw new CodegenError('The server answers /openapi/v3 with something else than an index of OpenAPI documents');
  }
  return sourceFromIndex(index, fetchJson);
}

/** The same, from an index that has been read already. */
async function sourceFromIndex(index: OpenApiIndex, fetchJson: FetchJson): Promise<ApiSource> {
  const wanted = Object.entries(index.paths).map(([place, { serverRelativeURL }]) => {
    return { place, path: relative(serverRelativeURL ?? `/openapi/v3/${place}`) };
  });
  const documents: GroupVersionDocument[] = [];
  const plumbing: PlumbingDocument[] = [];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const batch = wanted.slice(at, at + AT_ONCE).map(async ({ place, path }) => {
      return { place, document: (await fetchJson(path, JSON_TYPE)) as OpenApiDocument };
    });
    for (const { place, document } of await Promise.all(batch)) {
      const found = /^(?:api\/(?<core>v[^/]+)|apis\/(?<group>[^/]+)\/(?<version>v[^/]+))$/.exec(place)?.groups;
      if (found === undefined) plumbing.push({ place, document });
      else documents.push({ group: found.group ?? '', version: found.core ?? found.version ?? '', document });
    }
  }
  if (documents.length === 0) throw new CodegenError('The index of OpenAPI documents lists no API group and version');
  const { title = 'Kubernetes', version = '' } = documents[0]?.document.info ?? {};
  return { title, version, documents, plumbing, discovery: await discovery(fetchJson) };
}

/** Makes a source of whatever OpenAPI document this is: the index of v3 documents, one of them, or a v2 document. */
export async function sourceFromAny(document: unknown, from: string, fetchJson?: FetchJson): Promise<ApiSource> {
  if (isOpenApiIndex(document) && fetchJson !== undefined) return sourceFromIndex(document, fetchJson);
  if (isObject(document) && document.swagger === '2.0') {
    return sourceFromDocument(fromSwagger(document as unknown as SwaggerDocument), from);
  }
  if (isObject(document) && typeof document.openapi === 'string' && document.openapi.startsWith('3.')) {
    return sourceFromDocument(document as OpenApiDocument, from);
  }
  throw new CodegenError(`${from} is no OpenAPI document: expected version 2.0, or 3.x, or the index at /openapi/v3`);
}

/** A document's place on its server. One that leads elsewhere is refused: it would carry credentials there. */
function relative(url: string): string {
  if (!/^\/(?!\/)/.test(url)) throw new CodegenError(`The index leads to ${JSON.stringify(url)}, outside its server`);
  return url;
}

async function discovery(fetchJson: FetchJson): Promise<DiscoveryGroup[] | undefined> {
  const lists = [await fetchJson('/api', AGGREGATED), await fetchJson('/apis', AGGREGATED)];
  const groups: DiscoveryGroup[] = [];
  for (const list of lists) {
    if (!isObject(list) || list.kind !== 'APIGroupDiscoveryList' || !Array.isArray(list.items)) return undefined;
    groups.push(...(list.items as DiscoveryGroup[]));
  }
  return groups;
}

function isOpenApiIndex(value: unknown): value is OpenApiIndex {
  if (!isObject(value) || 'openapi' in value || 'swagger' in value || !isObject(value.paths)) return false;
  return Object.values(value.paths).every((entry) => isObject(entry));
}
