import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { ApiSource, GroupVersionDocument, PlumbingDocument } from '../../src/codegen/api-source.js';
import type { ApiFacts, FactsIndex, MetaFacts } from '../../src/meta/index.js';
import { aggregatedDiscovery, openApiDocument, plumbingDocument } from '../../src/server/openapi/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The committed output of the generator. */
export const generated = join(root, 'generated');

/** The documents of a real 1.36 server by file name, as `sourceFromFolder` reads them. */
export const recordedDocuments: Readonly<Record<string, unknown>> = JSON.parse(
  brotliDecompressSync(readFileSync(join(root, 'test/fixtures/openapi/v1.36.json.br'))).toString(),
);

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

export function factsIndex(): FactsIndex {
  return readJson(join(generated, 'facts/index.json'));
}

export function loadFacts(place: string): ApiFacts | MetaFacts | undefined {
  const file = place === 'meta' || place.includes('/') ? place : `core/${place}`;
  const path = join(generated, 'facts', `${file}.json`);
  return existsSync(path) ? readJson(path) : undefined;
}

export function allFacts(): ApiFacts[] {
  return factsIndex().groups.flatMap(({ group, versions }) =>
    versions.map((version) => readJson<ApiFacts>(join(generated, 'facts', group || 'core', `${version}.json`))),
  );
}

/** Returns the generator's source when it reads from a server that serves the committed facts. */
export async function servedSource(): Promise<ApiSource> {
  const index = factsIndex();
  const apis = allFacts();
  const documents: GroupVersionDocument[] = [];
  for (const api of apis) {
    // Through JSON, as over the wire.
    const document = JSON.parse(JSON.stringify(await openApiDocument(api, index, loadFacts)));
    documents.push({ group: api.group, version: api.version, document });
  }
  const plumbing: PlumbingDocument[] = [];
  for (const place of Object.keys(index.plumbing)) {
    const document = JSON.parse(JSON.stringify(await plumbingDocument(place, index, loadFacts)));
    plumbing.push({ place, document });
  }
  const { core, groups } = aggregatedDiscovery(apis);
  const discovery = JSON.parse(JSON.stringify([...core.items, ...groups.items]));
  return { title: index.title, version: index.version, documents, plumbing, discovery };
}

/** The options our own `generated/` is made with. */
export const ownOptions = { metaModule: '../../src/meta/index.js', facts: true };
