import { readText } from '../server/read-text.js';
import { type GivenFlags, parseFlags, serverFlag } from './parse-flags.js';
import { serveUntilStopped } from './serve.js';
import type { ServerFlag } from './server-flags.js';
import { UsageError } from './usage-error.js';

const mostNodes = 20_000;

const help = `Usage: keelson up [flags]

Runs a whole cluster in this process: API server, scheduler, controllers and nodes. Prints one line when it is ready.

  --nodes N            number of nodes (default 3)
  --runtime NAME       simulated: pods become ready and no program runs (default simulated)
  --stages FILE        stages of kwok that nodes and pods go through; may be given several times (default: ready at once)
  --kubeconfig-out FILE
                       where to write a kubeconfig (default: a file in the temporary folder)
  --help               this text

It takes the flags of 'keelson serve' too; ports that are not given are free ones.
`;

const ownFlags: { readonly [name: string]: ServerFlag } = {
  nodes: { status: 'works', kind: 'int' },
  runtime: { status: 'works', kind: 'string' },
  stages: { status: 'works', kind: 'array' },
};

/** Runs `keelson up` until SIGINT or SIGTERM, and returns the exit status. Throws a `UsageError` for unknown flags. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, (name) => (Object.hasOwn(ownFlags, name) ? ownFlags[name] : serverFlag(name)));
  if (flags.bool('help') === true) {
    process.stdout.write(help);
    return 0;
  }
  const nodes = flags.int('nodes') ?? 3;
  if (nodes > mostNodes) throw new UsageError(`--nodes takes a number up to ${mostNodes}, not ${nodes}`);
  const runtime = flags.text('runtime') ?? 'simulated';
  if (runtime !== 'simulated') throw new UsageError(`--runtime takes simulated, not '${runtime}'`);
  const [{ Cluster }, { HandlerTransport }, { ClusterComponents }] = await Promise.all([
    import('../cache/index.js'),
    import('../testing/server.js'),
    import('../cluster/index.js'),
  ]);
  const stages = await stagesOf(flags);
  return serveUntilStopped(flags, 0, async (server) => {
    const cluster = new Cluster(new HandlerTransport(server.api));
    const components = new ClusterComponents(cluster, (error) =>
      process.stderr.write(`keelson: ${error instanceof Error ? error.message : String(error)}\n`),
    );
    const close = async () => {
      await components.close();
      await cluster.close();
    };
    try {
      await components.start({ nodes, stages });
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  });
}

async function stagesOf(flags: GivenFlags) {
  const files = flags.array('stages') ?? [];
  const { parseStages } = await import('../cluster/index.js');
  return (await Promise.all(files.map(async (file) => parseStages(await readText(file, '--stages'))))).flat();
}
