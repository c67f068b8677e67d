import { readText } from '../server/read-text.js';
import type { Metric } from '../transport/index.js';
import { electionOf } from './election-flags.js';
import { type GivenFlags, parseFlags } from './parse-flags.js';
import { readSchedulerConfig } from './scheduler-config.js';
import { schedulerFlag } from './scheduler-flags.js';
import { UsageError } from './usage-error.js';

const help = `Usage: keelson scheduler [flags]

Assigns pods to nodes as kube-scheduler does. Several may run on one cluster: the one that holds the lease acts. Prints one line
when it has started.

  --kubeconfig FILE               the cluster (default: as kubectl finds it)
  --master URL                    address of the API server, in place of that of the kubeconfig
  --config FILE                   a KubeSchedulerConfiguration with schedulerName, percentageOfNodesToScore, leaderElect, kubeconfig
  --leader-elect BOOL             act only while this process holds the lease (default true)
  --leader-elect-lease-duration DURATION, --leader-elect-renew-deadline DURATION, --leader-elect-retry-period DURATION
                                  times of the lease (default 15s, 10s and 2s)
  --leader-elect-resource-name NAME, --leader-elect-resource-namespace NAMESPACE
                                  the lease (default kube-scheduler in kube-system)
  --secure-port PORT              port of /healthz, /livez, /readyz and /metrics, with TLS; 0: none (default 10259)
  --bind-address ADDRESS          address of that port (default 127.0.0.1)
  --tls-cert-file FILE, --tls-private-key-file FILE
                                  certificate and key of that port (default: made for this scheduler)
  --help                          this text

Other flags of kube-scheduler are refused by name.
`;

/** Runs `keelson scheduler` until SIGINT or SIGTERM. Throws a `UsageError` for unknown flags. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, schedulerFlag);
  if (flags.bool('help') === true) {
    process.stdout.write(help);
    return 0;
  }
  const path = flags.text('config');
  const config = path === undefined ? {} : await readSchedulerConfig(path);
  const [kubeconfig, server] = [flags.text('kubeconfig') ?? config.kubeconfig, flags.text('master')];
  const [{ connect }, { Manager }, { Scheduler }] = await Promise.all([
    import('../sdk/index.js'),
    import('../controller/index.js'),
    import('../cluster/index.js'),
  ]);
  await using cluster = await connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(server === undefined ? {} : { server }),
    userAgent: 'kube-scheduler/keelson',
  });
  const scheduler = new Scheduler({
    schedulerName: config.schedulerName,
    percentageOfNodesToScore: config.percentageOfNodesToScore,
    onError: (error) => process.stderr.write(`keelson: ${error instanceof Error ? error.message : String(error)}\n`),
  });
  const leads = flags.bool('leader-elect') ?? config.leaderElect ?? true;
  const manager = new Manager(cluster, {
    runnables: [scheduler],
    leaderElection: leads ? electionOf(flags, 'kube-scheduler') : undefined,
    server: await healthOf(flags, scheduler.metrics),
  });
  process.stdout.write(`keelson schedules pods${leads ? ' while it holds the lease' : ''}\n`);
  await manager.run();
  return 0;
}

async function healthOf(flags: GivenFlags, metrics: readonly Metric[]) {
  const port = flags.int('secure-port') ?? 10_259;
  if (port > 65_535) throw new UsageError(`--secure-port takes a port from 0 to 65535, not '${port}'`);
  if (port === 0) return undefined;
  const host = flags.text('bind-address') ?? '127.0.0.1';
  return { port, host, metrics, tls: await certificateOf(flags, host) };
}

async function certificateOf(flags: GivenFlags, host: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [flags.text('tls-cert-file'), flags.text('tls-private-key-file')];
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file belong together. Give both or neither.');
  }
  if (cert === undefined || key === undefined) {
    const { localCertificate } = await import('../testing/index.js');
    return localCertificate(['localhost', '127.0.0.1', '::1', host]);
  }
  return { cert: await readText(cert, '--tls-cert-file'), key: await readText(key, '--tls-private-key-file') };
}
