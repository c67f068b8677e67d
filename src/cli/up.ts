import { randomBytes } from 'node:crypto';
import type { ClusterSigning, NodeGroup } from '../cluster/index.js';
import type { Dashboard } from '../dashboard/start-dashboard.js';
import type { Cluster } from '../sdk/index.js';
import { readText } from '../server/read-text.js';
import { systemClock } from '../util/clock.js';
import type { FlagStatus } from './flag-status.js';
import { machineAddresses } from './machine-addresses.js';
import { type GivenFlags, parseFlags, serverFlag } from './parse-flags.js';
import { serveUntilStopped } from './serve.js';
import { namedSigning, oneAuthority, signingFlags, signingOf } from './signing-flags.js';
import { UsageError } from './usage-error.js';

const mostNodes = 20_000;

const help = `Usage: keelson up [flags]

Runs a whole cluster in this process: API server, scheduler, controllers, nodes, and a dashboard. Prints one line when it is ready,
and one with the address of the dashboard and the code to sign in with.

  --nodes N            number of nodes (default 3)
  --runtime NAME       simulated: pods become ready and no program runs; process: containers are processes of this machine
                       (default simulated)
  --images FILE        programs for images with --runtime process, as for 'keelson kubelet'
  --stages FILE        stages of kwok that nodes and pods go through; may be given several times (default: ready at once)
  --cluster-signing-cert-file FILE, --cluster-signing-key-file FILE
                       authority that signs certificate requests (default: one made for this cluster, whose client certificates
                       the server accepts)
  --dashboard BOOL     whether to serve the dashboard (default true)
  --dashboard-port PORT
                       port of the dashboard; 0: any free one (default 0)
  --kubeconfig-out FILE
                       where to write a kubeconfig (default: a file in the temporary folder)
  --help               this text

It takes the flags of 'keelson serve' too; ports that are not given are free ones.
`;

const ownFlags: { readonly [name: string]: FlagStatus } = {
  nodes: { status: 'works', kind: 'int' },
  runtime: { status: 'works', kind: 'string' },
  stages: { status: 'works', kind: 'array' },
  images: { status: 'works', kind: 'string' },
  ...signingFlags,
  dashboard: { status: 'works', kind: 'bool' },
  'dashboard-port': { status: 'works', kind: 'int' },
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
  if (runtime !== 'simulated' && runtime !== 'process')
    throw new UsageError(`--runtime takes simulated or process, not '${runtime}'`);
  if (runtime === 'simulated' && flags.text('images') !== undefined)
    throw new UsageError('--images has no effect without --runtime process. Leave it out, or give both.');
  const [{ Cluster }, { HandlerTransport }, { ClusterComponents }] = await Promise.all([
    import('../sdk/index.js'),
    import('../server/index.js'),
    import('../cluster/index.js'),
  ]);
  const stages = await stagesOf(flags);
  const processes = runtime === 'process' ? await processNodes(flags) : undefined;
  const authority = await clientAuthority(flags);
  return serveUntilStopped(flags, {
    defaultPort: 0,
    clientCa: authority?.clientCa,
    kubelet: processes?.client,
    attach: async (server) => {
      const cluster = new Cluster(new HandlerTransport(server.api));
      const components = new ClusterComponents(cluster, report);
      let dashboard: Dashboard | undefined;
      const close = async () => {
        await dashboard?.close();
        await components.close();
        await cluster.close();
      };
      try {
        const url = new URL(server.secureUrl ?? server.insecureUrl ?? '');
        const apiServer = { host: url.hostname, port: Number(url.port) };
        await components.start({
          nodes,
          stages,
          signing: authority?.signing,
          startNodes: processes && ((...all) => processes.start(...all, apiServer)),
        });
        if (flags.bool('dashboard') !== false)
          dashboard = await dashboardOf(server.kubeconfig, flags.int('dashboard-port') ?? 0);
      } catch (error) {
        await close();
        throw error;
      }
      const note = dashboard && `The dashboard is at ${dashboard.url}, sign-in code ${dashboard.code}`;
      return { note, close };
    },
  });
}

/**
 * Returns the keys that sign certificate requests, and the authority of client certificates that goes with them. Without flags this is
 * an authority made for this cluster, so that users can get certificates that the server accepts.
 */
async function clientAuthority(
  flags: GivenFlags,
): Promise<{ signing: ClusterSigning; clientCa: string | undefined } | undefined> {
  const signing = await namedSigning(flags);
  if (signing !== undefined) return { signing, clientCa: undefined };
  if (flags.text('client-ca-file') !== undefined) {
    // Certificates that are not of this authority would be of no use: none are signed, and a flag about them is refused.
    await signingOf(flags);
    return undefined;
  }
  const { makeCertificate } = await import('../x509/certificate.js');
  const now = systemClock.now();
  const made = makeCertificate({
    commonName: 'keelson-cluster',
    use: 'ca',
    now,
    serial: randomBytes(16),
    validDays: 3650,
  });
  return { signing: oneAuthority(made, flags), clientCa: made.certificate };
}

/** Starts the dashboard for the cluster of a kubeconfig. Returns undefined, with a warning, where its page is not built. */
async function dashboardOf(kubeconfig: string, port: number): Promise<Dashboard | undefined> {
  const [{ startDashboard }, { contextsOf, dashboardPage }] = await Promise.all([
    import('../dashboard/start-dashboard.js'),
    import('./dashboard-contexts.js'),
  ]);
  const page = dashboardPage();
  if (page === undefined) {
    process.stderr.write('keelson: there is no dashboard, because its page is not built. Run `npm run build`.\n');
    return undefined;
  }
  const onCode = (code: string) => process.stdout.write(`Code for another browser: ${code}\n`);
  return startDashboard({ address: '127.0.0.1', port, contexts: await contextsOf(kubeconfig), page, onCode });
}

function report(error: unknown): void {
  process.stderr.write(`keelson: ${error instanceof Error ? error.message : String(error)}\n`);
}

/** Prepares nodes whose containers are processes, and the settings with which the API server connects to them. */
async function processNodes(flags: GivenFlags) {
  const { KubeletAuthority } = await import('../cluster/kubelet-authority.js');
  const { ImageMap, ProcessRuntime } = await import('../cluster/index.js');
  const { KubeletNodes } = await import('../cluster/kubelet-nodes.js');
  const authority = new KubeletAuthority();
  const file = flags.text('images');
  const { parse } = await import('yaml');
  const images = file === undefined ? new ImageMap() : ImageMap.read(parse(await readText(file, '--images')), file);
  const [address = '127.0.0.1'] = machineAddresses();
  return {
    client: authority.client(),
    async start(
      cluster: Cluster,
      names: readonly string[],
      apiServer: { host: string; port: number },
    ): Promise<NodeGroup> {
      const runtime = () => new ProcessRuntime({ images, nodeAddresses: [address], clock: systemClock });
      const certificate = (hosts: readonly string[]) => authority.certificate(hosts);
      const nodes = new KubeletNodes({
        cluster,
        names,
        address: () => address,
        runtime,
        certificate,
        apiServer,
        onError: report,
      });
      await Promise.all(names.map((name) => nodes.start(name)));
      return nodes;
    },
  };
}

async function stagesOf(flags: GivenFlags) {
  const files = flags.array('stages') ?? [];
  const { parseStages } = await import('../cluster/index.js');
  return (await Promise.all(files.map(async (file) => parseStages(await readText(file, '--stages'))))).flat();
}
