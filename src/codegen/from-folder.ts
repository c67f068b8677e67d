import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ApiSource,
  CodegenError,
  type DiscoveryGroup,
  type GroupVersionDocument,
  type PlumbingDocument,
} from './api-source.js';
import type { OpenApiDocument } from './document.js';

/**
 * Reads a folder of OpenAPI v3 documents saved from `/openapi/v3/...`, named by their path with `/` as `__` (`api__v1.json`,
 * `apis__apps__v1.json`). Beside them it expects `discovery_api.json` and `discovery_apis.json`: the APIGroupDiscoveryLists of `/api` and
 * `/apis`. Other files are ignored.
 *
 * Throws a `CodegenError` if a document is not JSON or the folder holds none.
 */
export async function sourceFromFolder(folder: string): Promise<ApiSource> {
  const documents: GroupVersionDocument[] = [];
  const plumbing: PlumbingDocument[] = [];
  const names = await readdir(folder);
  for (const name of names.toSorted()) {
    const place = placeOf(name);
    if (place === undefined && /^(?!discovery_).+\.json$/.test(name)) {
      const document = await readJson<OpenApiDocument>(join(folder, name));
      if (typeof document.openapi !== 'string') continue;
      plumbing.push({ place: name.slice(0, -'.json'.length).replaceAll('__', '/'), document });
    }
    if (place !== undefined)
      documents.push({ ...place, document: await readJson<OpenApiDocument>(join(folder, name)) });
  }
  const first = documents[0];
  if (first === undefined) {
    throw new CodegenError(
      `No OpenAPI v3 documents in ${folder}: expected files such as api__v1.json or apis__apps__v1.json, ` +
        'each saved from /openapi/v3/api/v1 or /openapi/v3/apis/apps/v1 of a cluster',
    );
  }
  const discovery: DiscoveryGroup[] = [];
  for (const name of ['discovery_api.json', 'discovery_apis.json']) {
    if (!names.includes(name)) continue;
    const list = await readJson<{ items?: DiscoveryGroup[] }>(join(folder, name));
    discovery.push(...(list.items ?? []));
  }
  const { title = 'Kubernetes', version = '' } = first.document.info ?? {};
  return { title, version, documents, plumbing, discovery: discovery.length > 0 ? discovery : undefined };
}

function placeOf(name: string): { group: string; version: string } | undefined {
  const match = /^(?:api__(?<core>v[^_]+)|apis__(?<group>[^_]+)__(?<version>v[^_]+))\.json$/.exec(name);
  if (match?.groups === undefined) return undefined;
  const { core, group = '', version = '' } = match.groups;
  return core !== undefined ? { group: '', version: core } : { group, version };
}

async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    throw new CodegenError(`Cannot read ${file} as JSON`, { cause });
  }
}
