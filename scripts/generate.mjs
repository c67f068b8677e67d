// Regenerates generated/ from the recorded OpenAPI documents in test/fixtures/openapi; `npm run generate -- --check` only compares.
// Needs a build. Further arguments go to `keelson generate`, so `-- --spec DIR` reads other documents.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { generate } from '../dist/src/cli/generate.js';
import { describeDocument } from '../dist/src/meta/descriptions/describe-schema.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const documents = JSON.parse(brotliDecompressSync(await readFile('test/fixtures/openapi/v1.36.json.br')).toString());
const folder = await mkdtemp(join(tmpdir(), 'keelson-openapi-'));
try {
  for (const [name, document] of Object.entries(documents))
    await writeFile(join(folder, name), JSON.stringify(describeDocument(document)));
  const own = ['--spec', folder, '--out', 'generated', '--facts'];
  process.exitCode = await generate([...own, '--meta-module', '../../src/meta/index.js', ...process.argv.slice(2)]);
} finally {
  await rm(folder, { recursive: true });
}
