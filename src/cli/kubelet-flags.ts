import { type FlagStatus, refused, works } from './flag-status.js';

const cgroups = 'containers are not put into control groups';
const file = 'settings are given as flags, not as a configuration file';
const runtime = 'the runtimes are built in: choose one with --runtime';
const network = 'pods have the address of the node, or one of --pod-cidr';

/** The flags of the upstream kubelet that this one has, those that it refuses, and its own. */
const kubeletFlags: { readonly [name: string]: FlagStatus } = {
  address: works('string'),
  'anonymous-auth': works('bool'),
  'authentication-token-webhook': works('bool'),
  'authorization-mode': works('string'),
  'bootstrap-kubeconfig': refused('the kubelet does not ask for a certificate of its own'),
  'cgroup-driver': refused(cgroups),
  'cgroup-root': refused(cgroups),
  'cgroups-per-qos': refused(cgroups),
  'client-ca-file': works('string'),
  'cluster-dns': refused(network),
  'cluster-domain': refused(network),
  config: refused(file),
  'container-log-max-files': works('int'),
  'container-log-max-size': works('string'),
  'container-runtime-endpoint': refused(runtime),
  'enable-debugging-handlers': works('bool'),
  'fail-swap-on': refused(cgroups),
  'healthz-port': works('int'),
  help: works('bool'),
  'hostname-override': works('string'),
  images: works('string'),
  kubeconfig: works('string'),
  'max-pods': works('int'),
  'node-ip': works('list'),
  'node-labels': works('list'),
  'node-status-update-frequency': works('duration'),
  'pod-cidr': works('string'),
  'pod-manifest-path': refused('static pods are not supported'),
  port: works('int'),
  'read-only-port': refused('the kubelet API is served with TLS only'),
  'register-node': works('bool'),
  'register-schedulable': works('bool'),
  'register-with-taints': works('list'),
  'root-dir': works('string'),
  'rotate-certificates': refused('the kubelet does not ask for a certificate of its own'),
  runtime: works('string'),
  'tls-cert-file': works('string'),
  'tls-private-key-file': works('string'),
  v: works('int'),
};

/** Returns what becomes of a flag of `keelson kubelet`. */
export function kubeletFlag(name: string): FlagStatus | undefined {
  return Object.hasOwn(kubeletFlags, name) ? kubeletFlags[name] : undefined;
}
