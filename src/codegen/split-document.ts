import { type ApiSource, CodegenError, type GroupVersionDocument } from './api-source.js';
import type { OpenApiDocument, PathItem } from './document.js';

/**
 * Takes one OpenAPI v3 document that may hold many groups and versions apart by its paths (`/api/v1/...`,
 * `/apis/apps/v1/...`). All schemas stay with the first; each finds its owner by its package.
 *
 * Throws a `CodegenError` where no path is that of a Kubernetes API.
 */
export function sourceFromDocument(document: OpenApiDocument, from: string): ApiSource {
  const places = new Map<string, GroupVersionDocument & { paths: [string, PathItem][] }>();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    const match = /^\/(?:api\/(?<core>v[^/]+)|apis\/(?<group>[^/]+)\/(?<version>v[^/]+))\//.exec(path);
    if (match?.groups === undefined) continue;
    const { core, group = '', version = '' } = match.groups;
    const key = `${core === undefined ? group : ''}/${core ?? version}`;
    const place = places.get(key) ?? { group, version: core ?? version, document: {}, paths: [] };
    places.set(key, place);
    place.paths.push([path, item]);
  }
  if (places.size === 0) {
    throw new CodegenError(
      `${from} is an OpenAPI document without a path such as /api/v1/… or /apis/<group>/<version>/…: ` +
        'it does not describe a Kubernetes API',
    );
  }
  const { title = 'Kubernetes', version = '' } = document.info ?? {};
  const documents = [...places.values()].map(({ group, version: v, paths }, at) => ({
    group,
    version: v,
    document: {
      paths: Object.fromEntries(paths),
      ...(at === 0 && document.components !== undefined ? { components: document.components } : {}),
    },
  }));
  return { title, version, documents };
}
