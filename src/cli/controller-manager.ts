import type { NodeLifecycleOptions } from '../cluster/index.js';
import { systemClock } from '../util/clock.js';
import { concurrencyFlags, controllerManagerFlag } from './controller-manager-flags.js';
import { electionOf } from './election-flags.js';
import { PacedTransport } from './paced-transport.js';
import { type GivenFlags, parseFlags } from './parse-flags.js';
import { signingOf } from './signing-flags.js';
import { UsageError } from './usage-error.js';

const help = `Usage: keelson controller-manager [flags]

Runs the controllers of kube-controller-manager that make workloads live: Deployments, Jobs, EndpointSlices and others. Several may
run on one cluster: the one that holds the lease acts. Prints one line when it is ready to lead.

  --kubeconfig FILE               the cluster (default: as kubectl finds it)
  --master URL                    address of the API server, in place of that of the kubeconfig
  --controllers LIST              controllers to run: '*', names, and -names (default '*')
  --leader-elect BOOL             act only while this process holds the lease (default true)
  --leader-elect-lease-duration DURATION, --leader-elect-renew-deadline DURATION, --leader-elect-retry-period DURATION
                                  times of the lease (default 15s, 10s and 2s)
  --leader-elect-resource-name NAME, --leader-elect-resource-namespace NAMESPACE
                                  the lease (default kube-controller-manager in kube-system)
  --cluster-signing-cert-file FILE, --cluster-signing-key-file FILE
                                  authority that signs certificate requests, in PEM (default: none are signed)
  --cluster-signing-SIGNER-cert-file FILE, --cluster-signing-SIGNER-key-file FILE
                                  the same for one signer: kubelet-serving, kubelet-client, kube-apiserver-client, legacy-unknown
  --cluster-signing-duration DURATION
                                  longest life of a certificate (default 8760h)
  --concurrent-KIND-syncs N       objects that a controller reconciles at once, such as --concurrent-deployment-syncs (default 5)
  --node-monitor-period DURATION, --node-monitor-grace-period DURATION, --node-startup-grace-period DURATION
                                  times after which a silent node counts as lost (default 5s, 50s and 1m)
  --node-eviction-rate N, --secondary-node-eviction-rate N, --unhealthy-zone-threshold SHARE, --large-cluster-size-threshold N
                                  how fast the nodes of a zone lose their pods (default 0.1, 0.01, 0.55 and 50)
  --kube-api-qps N, --kube-api-burst N
                                  requests a second, and at once after a pause (default: without a limit; 30 with --kube-api-qps)
  --kube-api-content-type TYPE    application/json, or application/vnd.kubernetes.protobuf (the default)
  --healthz-port PORT             port of /healthz, /readyz and /metrics, without TLS; 0: any free one (default: none)
  --healthz-bind-address ADDRESS  address of that port (default 127.0.0.1)
  --controller-shutdown-timeout DURATION
                                  time for reconciles to end when the process is told to stop (default 10s)
  --help                          this text

Other flags of kube-controller-manager are refused by name.
`;

const SHUTDOWN_MS = 10_000;
const BURST = 30;

/** Runs `keelson controller-manager` until SIGINT or SIGTERM. Throws a `UsageError` for unknown flags. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, controllerManagerFlag);
  if (flags.bool('help') === true) {
    process.stdout.write(help);
    return 0;
  }
  const { startControllers } = await import('../cluster/index.js');
  await using cluster = await connectPaced(flags);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new DOMException('the process was told to stop', 'AbortError'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const port = flags.int('healthz-port');
  const running = startControllers({
    cluster,
    signal: stopping.signal,
    controllers: flags.list('controllers'),
    concurrency: concurrencyOf(flags),
    signing: await signingOf(flags),
    nodeLifecycle: nodeLifecycleOf(flags),
    shutdownTimeoutMs: flags.duration('controller-shutdown-timeout') ?? SHUTDOWN_MS,
    leaderElection: flags.bool('leader-elect') === false ? undefined : electionOf(flags, 'kube-controller-manager'),
    server: port === undefined ? undefined : { port, host: flags.text('healthz-bind-address') },
    onError: (error, { controller, key }) => {
      process.stderr.write(
        `keelson: ${controller} failed on ${key}: ${error instanceof Error ? error.message : error}\n`,
      );
    },
  });
  process.stdout.write(`keelson runs ${running.names.join(', ')}\n`);
  await running.stopped;
  return 0;
}

async function connectPaced(flags: GivenFlags) {
  const [{ Cluster }, { connection }] = await Promise.all([import('../sdk/cluster.js'), import('../sdk/connect.js')]);
  const [kubeconfig, server] = [flags.text('kubeconfig'), flags.text('master')];
  const type = flags.text('kube-api-content-type') ?? 'application/vnd.kubernetes.protobuf';
  const encoding = encodings[type];
  if (encoding === undefined)
    throw new UsageError(`--kube-api-content-type takes ${Object.keys(encodings).join(' or ')}, not '${type}'`);
  const [transport, options] = await connection({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(server === undefined ? {} : { server }),
    encoding,
    userAgent: 'kube-controller-manager/keelson',
  });
  const perSecond = flags.int('kube-api-qps');
  if (perSecond === undefined) return new Cluster(transport, options);
  const pace = { perSecond, burst: flags.int('kube-api-burst') ?? BURST, clock: systemClock };
  return new Cluster(new PacedTransport(transport, pace), options);
}

const encodings: { readonly [type: string]: 'json' | 'protobuf' | undefined } = {
  'application/json': 'json',
  'application/vnd.kubernetes.protobuf': 'protobuf',
};

function nodeLifecycleOf(flags: GivenFlags): NodeLifecycleOptions {
  return {
    nodeMonitorPeriodMs: flags.duration('node-monitor-period'),
    nodeMonitorGracePeriodMs: flags.duration('node-monitor-grace-period'),
    nodeStartupGracePeriodMs: flags.duration('node-startup-grace-period'),
    nodeEvictionRate: numberOf(flags, 'node-eviction-rate'),
    secondaryNodeEvictionRate: numberOf(flags, 'secondary-node-eviction-rate'),
    unhealthyZoneThreshold: numberOf(flags, 'unhealthy-zone-threshold'),
    largeClusterSizeThreshold: flags.int('large-cluster-size-threshold'),
  };
}

function numberOf(flags: GivenFlags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0)) throw new UsageError(`--${name} takes a number from 0, not '${text}'`);
  return number;
}

function concurrencyOf(flags: GivenFlags): Record<string, number> {
  const given: Record<string, number> = {};
  for (const [flag, controller] of Object.entries(concurrencyFlags)) {
    const count = flags.int(flag);
    if (count === 0) throw new UsageError(`--${flag} takes a number from 1`);
    if (count !== undefined) given[controller] = count;
  }
  return given;
}
