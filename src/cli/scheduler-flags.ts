import { electionFlags } from './election-flags.js';
import { type FlagStatus, only, refused, works } from './flag-status.js';

const open = 'health and metrics are served without authentication, on loopback unless told otherwise';
const version = 'the scheduler has one version, that of Kubernetes 1.36';
const metrics = 'the metrics cannot be chosen';
const logs = 'the scheduler writes no logs';
const pace = 'requests are sent as fast as the server answers them';

/** The flags of kube-scheduler 1.36, by name. */
const schedulerFlags: { readonly [name: string]: FlagStatus } = {
  'allow-metric-labels': refused(metrics),
  'allow-metric-labels-manifest': refused(metrics),
  'authentication-kubeconfig': refused(open),
  'authentication-skip-lookup': refused(open),
  'authentication-token-webhook-cache-ttl': refused(open),
  'authentication-tolerate-lookup-failure': refused(open),
  'authorization-always-allow-paths': refused(open),
  'authorization-kubeconfig': refused(open),
  'authorization-webhook-cache-authorized-ttl': refused(open),
  'authorization-webhook-cache-unauthorized-ttl': refused(open),
  'bind-address': works('string'),
  'cert-dir': refused('the certificate is given with --tls-cert-file, or made for this scheduler'),
  'client-ca-file': refused(open),
  config: works('string'),
  'contention-profiling': only('false'),
  'disabled-metrics': refused(metrics),
  'emulated-version': refused(version),
  'feature-gates': refused(version),
  help: works('bool'),
  'kube-api-burst': refused(pace),
  'kube-api-content-type': refused('objects travel as protobuf where the server has it'),
  'kube-api-qps': refused(pace),
  kubeconfig: works('string'),
  ...electionFlags,
  'log-flush-frequency': refused(logs),
  'logging-format': only('text'),
  master: works('string'),
  'min-compatibility-version': refused(version),
  'permit-address-sharing': only('false'),
  'permit-port-sharing': only('false'),
  'pod-max-in-unschedulable-pods-duration': only('5m0s'),
  profiling: only('false'),
  'requestheader-allowed-names': refused(open),
  'requestheader-client-ca-file': refused(open),
  'requestheader-extra-headers-prefix': refused(open),
  'requestheader-group-headers': refused(open),
  'requestheader-uid-headers': refused(open),
  'requestheader-username-headers': refused(open),
  'secure-port': works('int'),
  'show-hidden-metrics-for-version': refused(metrics),
  'tls-cert-file': works('string'),
  'tls-cipher-suites': refused('the TLS settings are those of Node.js'),
  'tls-curve-preferences': refused('the TLS settings are those of Node.js'),
  'tls-min-version': refused('the TLS settings are those of Node.js'),
  'tls-private-key-file': works('string'),
  'tls-sni-cert-key': refused('the scheduler has one certificate'),
  v: refused(logs),
  vmodule: refused(logs),
  'write-config-to': refused('the configuration is not written back'),
};

/** Returns what becomes of a flag of `keelson scheduler`. */
export function schedulerFlag(name: string): FlagStatus | undefined {
  return Object.hasOwn(schedulerFlags, name) ? schedulerFlags[name] : undefined;
}
