import { parseArgs } from 'node:util';
import { type ApiSource, CodegenError } from '../codegen/api-source.js';
import { generateFiles } from '../codegen/generate-files.js';
import { type ApiInput, readInput } from '../codegen/input.js';
import { compareOutput, writeOutput } from '../codegen/output.js';
import { isKubeError } from '../errors/index.js';
import { clusterJson } from './cluster-json.js';

/** The streams that a command writes to. */
export interface GenerateIo {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

const USAGE = `Usage: keelson generate (--from-cluster | --spec DIR|FILE|URL | --crd FILE|DIR) [--out DIR] [options]

Generates TypeScript types and resource descriptors for the kinds of an API.

  --from-cluster       the cluster of the kubeconfig: every kind it serves
  --context NAME       the kubeconfig context to use, with --from-cluster
  --kubeconfig FILE    the kubeconfig to use, with --from-cluster
  --spec DIR|FILE|URL  OpenAPI: a folder of v3 documents, one v2 or v3 document, or the URL of one or of /openapi/v3
  --crd FILE|DIR       CustomResourceDefinitions, YAML or JSON
  --out DIR            the folder to write to (default ./generated)
  --check              write nothing; name the files that differ and exit 1 if there are any
  --no-descriptions    leave the API's own descriptions out of the doc comments
  --facts              write the normalised API facts too, below facts/
  --meta-module NAME   where ObjectMeta and Resource are imported from (default keelson)
`;

/**
 * `keelson generate`: reads an API and writes TypeScript for it. Resolves to the exit status: 0 when done, 1 when the
 * input cannot be used or `--check` finds differences, 2 when the arguments make no sense.
 */
export async function generate(args: string[], io: GenerateIo = process): Promise<number> {
  let options: Options;
  try {
    options = parse(args);
  } catch (error) {
    io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    return await run(options, io);
  } catch (error) {
    if (!(error instanceof CodegenError) && !isKubeError(error)) throw error;
    const { message, cause } = error;
    io.stderr.write(
      `${message}${cause instanceof Error && error instanceof CodegenError ? `: ${cause.message}` : ''}\n`,
    );
    return 1;
  }
}

/** Which cluster `--from-cluster` means. */
interface ClusterOptions {
  context?: string | undefined;
  kubeconfig?: string | undefined;
}

interface Options {
  help: boolean;
  input: ApiInput | { cluster: ClusterOptions };
  out: string;
  check: boolean;
  descriptions: boolean;
  facts: boolean;
  metaModule: string;
}

function parse(args: string[]): Options {
  const { values } = parseArgs({
    args,
    strict: true,
    allowPositionals: false,
    allowNegative: true,
    options: {
      'from-cluster': { type: 'boolean' },
      context: { type: 'string' },
      kubeconfig: { type: 'string' },
      spec: { type: 'string' },
      crd: { type: 'string' },
      out: { type: 'string', default: './generated' },
      check: { type: 'boolean', default: false },
      descriptions: { type: 'boolean', default: true },
      facts: { type: 'boolean', default: false },
      'meta-module': { type: 'string', default: 'keelson' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { context, kubeconfig, spec, crd } = values;
  const cluster = values['from-cluster'] === true;
  const chosen = [cluster, spec !== undefined, crd !== undefined].filter(Boolean).length;
  if (!values.help && chosen !== 1) throw new Error('Give exactly one of --from-cluster, --spec and --crd');
  if (!cluster && (context !== undefined || kubeconfig !== undefined)) {
    throw new Error('--context and --kubeconfig choose the cluster of --from-cluster');
  }
  return {
    help: values.help,
    input: spec !== undefined ? { spec } : crd !== undefined ? { crd } : { cluster: { context, kubeconfig } },
    out: values.out,
    check: values.check,
    descriptions: values.descriptions,
    facts: values.facts,
    metaModule: values['meta-module'],
  };
}

async function run(options: Options, io: GenerateIo): Promise<number> {
  const { input, out, check, descriptions, facts, metaModule } = options;
  const source = 'cluster' in input ? await fromCluster(input.cluster) : await readInput(input);
  const files = await generateFiles(source, { descriptions, facts, metaModule });
  const { missing, changed, stale } = check ? await compareOutput(out, files) : await writeOutput(out, files);
  const total = missing.length + changed.length + stale.length;
  if (check) {
    for (const path of missing) io.stderr.write(`missing ${path}\n`);
    for (const path of changed) io.stderr.write(`differs ${path}\n`);
    for (const path of stale) io.stderr.write(`stale   ${path}\n`);
    io.stdout.write(total === 0 ? `${out} is up to date\n` : `${out}: ${total} files are not up to date\n`);
    return total === 0 ? 0 : 1;
  }
  io.stdout.write(
    `${out}: ${files.length} files, ${missing.length + changed.length} written, ${stale.length} removed\n`,
  );
  return 0;
}

/** Reads the API of the cluster that `connect` would find. */
async function fromCluster(options: ClusterOptions): Promise<ApiSource> {
  const { resolveConfig } = await import('../config/index.js');
  const { createTransport } = await import('../transport/index.js');
  const config = await resolveConfig(options);
  // A cluster with many custom resources has documents larger than any list page.
  const transport = createTransport(config, { maxBodyBytes: 256 * 1024 * 1024 });
  try {
    const { impersonationHeaders } = await import('../config/impersonation.js');
    const headers = config.impersonate === undefined ? {} : impersonationHeaders(config.impersonate);
    return await readInput({ server: clusterJson(transport, headers) });
  } finally {
    await transport.close();
  }
}
