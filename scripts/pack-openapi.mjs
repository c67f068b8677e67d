/**
 * Packs OpenAPI v3 documents and discovery of a server into test/fixtures/openapi, without descriptions: the generator and the tests read
 * them from there. `node scripts/pack-openapi.mjs DIR` reads a folder in the form that `keelson generate --spec DIR` reads.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [folder] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('cannot pack documents: no folder is named. Use node scripts/pack-openapi.mjs DIR.');

const documents = {};
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
  const document = JSON.parse(await readFile(join(folder, name), 'utf8'));
  if (document.openapi === undefined && document.kind !== 'APIGroupDiscoveryList') continue;
  documents[name] = withoutDescriptions(document, false);
}
const version = documents['api__v1.json'].info.version;
const packed = brotliCompressSync(JSON.stringify(documents), { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } });
await writeFile(new URL(`../test/fixtures/openapi/v${version}.json.br`, import.meta.url), packed);
console.log(`packed ${Object.keys(documents).length} documents of ${version} into ${packed.length} bytes`);

/** A property may be named `description`: only a description of something is cut. */
function withoutDescriptions(value, isProperties) {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item, false));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => isProperties || key !== 'description' || typeof inner !== 'string',
  );
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, withoutDescriptions(inner, !isProperties && key === 'properties')]),
  );
}
