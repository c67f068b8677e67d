// Regenerates generated/ from recorded OpenAPI documents; `npm run generate -- --check` only compares. Needs a build.
// Further arguments go to `keelson generate`, so `-- --spec DIR` reads other documents.
import { fileURLToPath } from 'node:url';
import { generate } from '../dist/src/cli/generate.js';

const own = ['--spec', '../shared/openapi/v1.36', '--out', 'generated', '--facts', '--no-descriptions'];
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = await generate([...own, '--meta-module', '../../src/meta/index.js', ...process.argv.slice(2)]);
