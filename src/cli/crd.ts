import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { AnyDefinedResource, WebhookClientConfig } from '../crd/index.js';
import { DefinitionError, difference, manifestsOf, toYaml } from '../crd/index.js';
import { isKubeError } from '../errors/index.js';

/** The streams that a command writes to. */
export interface CrdIo {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

const USAGE = `Usage: keelson crd print FILE [--out FILE]
       keelson crd diff FILE [flags]

FILE is a module (.js, .mjs, or .ts where Node reads it) that exports kinds made by defineResource and defineVersion of keelson/crd.

  print                  write their CustomResourceDefinitions as YAML
  diff                   show how those in the cluster differ: '-' what the cluster has, '+' what the code says.
                         Exits with 0 where there is no difference, with 1 where there is one, with 2 or more when it failed

  --out FILE             the file to write to, with print (default: standard output)
  --conversion-url URL   the webhook that converts between versions, where the module does not say
  --conversion-service NAMESPACE/NAME[:PORT][/PATH]
                         the same, as a Service of the cluster
  --context NAME         the kubeconfig context to use, with diff
  --kubeconfig FILE      the kubeconfig to use, with diff
  --server URL           the API server, with diff
  --field-manager NAME   in whose name the definitions are applied, with diff (default keelson)
  --help                 this text
`;

/**
 * `keelson crd print` and `keelson crd diff`. Resolves to the exit status, that of diff as `kubectl diff` has it: 0 without, 1 with a
 * difference, 2 for arguments that make no sense, 3 for everything else that fails (print: 1).
 */
export async function crd(args: string[], io: CrdIo = process): Promise<number> {
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
    const kinds = await kindsIn(options.file);
    return options.command === 'print' ? await print(kinds, options, io) : await diff(kinds, options, io);
  } catch (error) {
    if (!(error instanceof DefinitionError) && !(error instanceof ModuleError) && !isKubeError(error)) throw error;
    io.stderr.write(`${error.message}\n`);
    return options.command === 'print' ? 1 : 3;
  }
}

interface Options {
  readonly help: boolean;
  readonly command: 'print' | 'diff';
  readonly file: string;
  readonly out: string | undefined;
  readonly manager: string | undefined;
  readonly conversion: WebhookClientConfig | undefined;
  readonly cluster: {
    readonly context?: string | undefined;
    readonly kubeconfig?: string | undefined;
    readonly server?: string | undefined;
  };
}

function parse(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    strict: true,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      'conversion-url': { type: 'string' },
      'conversion-service': { type: 'string' },
      context: { type: 'string' },
      kubeconfig: { type: 'string' },
      server: { type: 'string' },
      'field-manager': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, file, ...more] = positionals;
  const isPrint = command === 'print';
  if (!values.help) {
    if (!isPrint && command !== 'diff') throw new Error('Say what to do: print or diff');
    if (file === undefined || more.length > 0) throw new Error('Give exactly one FILE');
    const { context, kubeconfig, server, 'field-manager': manager } = values;
    const ofDiff = context ?? kubeconfig ?? server ?? manager;
    if (isPrint && ofDiff !== undefined)
      throw new Error('--context, --kubeconfig, --server and --field-manager are for diff');
    if (!isPrint && values.out !== undefined) throw new Error('--out is for print');
  }
  return {
    help: values.help,
    command: isPrint ? 'print' : 'diff',
    file: file ?? '',
    out: values.out,
    manager: values['field-manager'],
    conversion: conversionOf(values['conversion-url'], values['conversion-service']),
    cluster: { context: values.context, kubeconfig: values.kubeconfig, server: values.server },
  };
}

function conversionOf(url: string | undefined, service: string | undefined): WebhookClientConfig | undefined {
  if (url !== undefined && service !== undefined)
    throw new Error('Give one of --conversion-url and --conversion-service');
  if (url !== undefined) return { url };
  if (service === undefined) return undefined;
  const [all, namespace = '', name = '', port, path] = /^([^/]+)\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(service) ?? [];
  if (all === undefined) throw new Error(`--conversion-service is NAMESPACE/NAME[:PORT][/PATH], not ${service}`);
  return {
    service: {
      namespace,
      name,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(path === undefined ? {} : { path }),
    },
  };
}

/** The module cannot be loaded, or has no kinds. */
class ModuleError extends Error {}

async function kindsIn(file: string): Promise<AnyDefinedResource[]> {
  let module: { [name: string]: unknown };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as { [name: string]: unknown };
  } catch (cause) {
    if (cause instanceof DefinitionError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const unknown = cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    const hint = unknown ? '; this Node cannot read TypeScript: compile the module, or use Node 22.18 or later' : '';
    throw new ModuleError(`Cannot load ${file}: ${why}${hint}`, { cause });
  }
  const kinds = [...new Set(Object.values(module).flatMap((value) => (Array.isArray(value) ? value : [value])))].filter(
    isKind,
  );
  if (kinds.length === 0) throw new ModuleError(`${file} exports no kinds made by defineResource of keelson/crd`);
  return kinds;
}

/** Known by its looks: the module may have loaded another copy of the package. */
function isKind(value: unknown): value is AnyDefinedResource {
  if (typeof value !== 'object' || value === null || !('definition' in value)) return false;
  const { definition } = value;
  return (
    typeof definition === 'object' &&
    definition !== null &&
    'kind' in definition &&
    definition.kind === 'CustomResourceDefinition'
  );
}

async function print(kinds: readonly AnyDefinedResource[], { out, conversion }: Options, io: CrdIo): Promise<number> {
  const yaml = await toYaml(manifestsOf(kinds, { conversion }));
  if (out === undefined) io.stdout.write(yaml);
  else await writeFile(out, yaml);
  return 0;
}

async function diff(
  kinds: readonly AnyDefinedResource[],
  { cluster: where, conversion, manager }: Options,
  io: CrdIo,
): Promise<number> {
  const { connect } = await import('../sdk/index.js');
  const cluster = await connect(where);
  try {
    const found = await difference(cluster, kinds, { conversion, manager });
    for (const { name, installed, text } of found) {
      if (!installed) io.stderr.write(`${name} is not in the cluster\n`);
      io.stdout.write(text);
    }
    return found.some(({ text }) => text !== '') ? 1 : 0;
  } finally {
    await cluster.close();
  }
}
