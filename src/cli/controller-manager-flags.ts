import { electionFlags } from './election-flags.js';
import { type FlagStatus, only, refused, works } from './flag-status.js';
import { signingFlags } from './signing-flags.js';

const cloud = 'there are no cloud providers';
const logs = 'the controller manager writes no logs';
const metrics = 'the metrics cannot be chosen';
const secure = 'health and metrics are served without TLS on loopback: use --healthz-port';
const server = 'the API server runs this controller';
const missing = 'this controller is not among those of keelson';
const version = 'the controllers have one version, that of Kubernetes 1.36';

/** The flags of kube-controller-manager 1.36 that set how many objects a controller reconciles at once. */
export const concurrencyFlags: { readonly [flag: string]: string } = {
  'concurrent-cron-job-syncs': 'cronjob-controller',
  'concurrent-daemonset-syncs': 'daemonset-controller',
  'concurrent-deployment-syncs': 'deployment-controller',
  'concurrent-endpoint-syncs': 'endpoints-controller',
  'concurrent-ephemeralvolume-syncs': 'ephemeral-volume-controller',
  'concurrent-horizontal-pod-autoscaler-syncs': 'horizontal-pod-autoscaler-controller',
  'concurrent-job-syncs': 'job-controller',
  'concurrent-rc-syncs': 'replicationcontroller-controller',
  'concurrent-replicaset-syncs': 'replicaset-controller',
  'concurrent-service-endpoint-syncs': 'endpointslice-controller',
  'concurrent-statefulset-syncs': 'statefulset-controller',
  'concurrent-ttl-after-finished-syncs': 'ttl-after-finished-controller',
  'mirroring-concurrent-service-endpoint-syncs': 'endpointslice-mirroring-controller',
};

const otherFlags: { readonly [name: string]: FlagStatus } = {
  'allocate-node-cidrs': only('false'),
  'allow-metric-labels': refused(metrics),
  'allow-metric-labels-manifest': refused(metrics),
  'authentication-kubeconfig': refused(secure),
  'authentication-skip-lookup': refused(secure),
  'authentication-token-webhook-cache-ttl': refused(secure),
  'authentication-tolerate-lookup-failure': refused(secure),
  'authorization-always-allow-paths': refused(secure),
  'authorization-kubeconfig': refused(secure),
  'authorization-webhook-cache-authorized-ttl': refused(secure),
  'authorization-webhook-cache-unauthorized-ttl': refused(secure),
  'bind-address': refused(secure),
  'cert-dir': refused(secure),
  'cidr-allocator-type': refused(cloud),
  'client-ca-file': refused(secure),
  'cloud-config': refused(cloud),
  'cloud-provider': refused(cloud),
  'cluster-cidr': refused(cloud),
  ...signingFlags,
  'cluster-name': only('kubernetes'),
  'concurrent-device-taint-eviction-syncs': refused(missing),
  'concurrent-gc-syncs': refused(server),
  'concurrent-namespace-syncs': refused(server),
  'concurrent-resource-quota-syncs': refused(server),
  'concurrent-resourceclaim-syncs': refused(missing),
  'concurrent-service-syncs': refused(cloud),
  'concurrent-serviceaccount-token-syncs': refused(missing),
  'concurrent-validating-admission-policy-status-syncs': refused(missing),
  'configure-cloud-routes': only('false'),
  'contention-profiling': only('false'),
  'controller-shutdown-timeout': works('duration'),
  'controller-start-interval': only('0s'),
  controllers: works('list'),
  'disable-force-detach-on-timeout': only('false'),
  'disabled-metrics': refused(metrics),
  'emulated-version': refused(version),
  'enable-garbage-collector': only('true'),
  'enable-leader-migration': only('false'),
  'feature-gates': refused(version),
  'kube-api-burst': works('int'),
  'kube-api-content-type': works('string'),
  'kube-api-qps': works('int'),
  kubeconfig: works('string'),
  'large-cluster-size-threshold': works('int'),
  ...electionFlags,
  'log-flush-frequency': refused(logs),
  'logging-format': only('text'),
  master: works('string'),
  'min-compatibility-version': refused(version),
  'min-resync-period': refused('caches are kept by watches alone'),
  'namespace-sync-period': refused(server),
  'node-eviction-rate': works('string'),
  'node-monitor-grace-period': works('duration'),
  'node-monitor-period': works('duration'),
  'node-startup-grace-period': works('duration'),
  profiling: only('false'),
  'resource-quota-sync-period': refused(server),
  'root-ca-file': refused(server),
  'route-reconciliation-period': refused(cloud),
  'secondary-node-eviction-rate': works('string'),
  'secure-port': only('0'),
  'service-account-private-key-file': refused('tokens are issued by the API server'),
  'service-cluster-ip-range': refused(cloud),
  'show-hidden-metrics-for-version': refused(metrics),
  'tls-cert-file': refused(secure),
  'tls-cipher-suites': refused(secure),
  'tls-min-version': refused(secure),
  'tls-private-key-file': refused(secure),
  'unhealthy-zone-threshold': works('string'),
  'use-service-account-credentials': only('false'),
  v: refused(logs),
  vmodule: refused(logs),
  help: works('bool'),
  'healthz-port': works('int'),
  'healthz-bind-address': works('string'),
};

/** Returns what becomes of a flag of `keelson controller-manager`. */
export function controllerManagerFlag(name: string): FlagStatus | undefined {
  if (Object.hasOwn(concurrencyFlags, name)) return works('int');
  return Object.hasOwn(otherFlags, name) ? otherFlags[name] : undefined;
}
