import { readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionImage } from '../cluster/index.js';
import { systemClock } from '../util/clock.js';
import { systemRandom } from '../util/random.js';
import { closeWithin } from './close-within.js';
import { kubeletFlag } from './kubelet-flags.js';
import { machineAddresses } from './machine-addresses.js';
import { type GivenFlags, parseFlags } from './parse-flags.js';
import { stopSignal } from './stop-signal.js';
import { UsageError } from './usage-error.js';

/** A kubelet that was told to stop gets so many milliseconds. */
const CLOSE_MS = 5_000;
const CERTIFICATE_DAYS = 365;

const help = `Usage: keelson kubelet [flags]

Runs a node of a cluster: its containers are processes of this machine. Prints one line when the node is registered.

  --kubeconfig FILE               the cluster (default: as kubectl finds it)
  --hostname-override NAME        name of the node (default: the name of this machine)
  --node-ip LIST                  addresses of the node (default: the first of this machine that is not loopback)
  --address ADDRESS               address to serve the kubelet API at (default: the first address of the node)
  --port PORT                     port of the kubelet API; 0: any free one (default 10250)
  --healthz-port PORT             port of /healthz on loopback, without TLS (default: none)
  --root-dir FOLDER               volumes, logs and files of containers (default: a folder in the temporary folder)
  --images FILE                   programs for images, as YAML or JSON: a pattern such as nginx:* to a command
  --runtime NAME                  process, or function: --images is a module that exports a function for each image
  --pod-cidr CIDR                 addresses for pods, which must lead to this machine (default: pods have the node's)
  --max-pods N                    pods at most (default 110)
  --register-node BOOL            create the Node (default true)
  --register-schedulable BOOL     let pods be scheduled to it (default true)
  --register-with-taints LIST     taints of a new Node: KEY=VALUE:EFFECT
  --node-labels LIST              labels of the Node: KEY=VALUE
  --node-status-update-frequency DURATION
                                  write the status at least so often (default 5m)
  --tls-cert-file FILE, --tls-private-key-file FILE
                                  certificate and key of the kubelet API (default: made for this kubelet)
  --client-ca-file FILE           authority of client certificates: CN is the user, O the groups
  --anonymous-auth BOOL           let in requests without credentials as system:anonymous (default false)
  --authentication-token-webhook BOOL
                                  let the API server review bearer tokens (default true)
  --authorization-mode MODE       Webhook: the API server decides about rights; AlwaysAllow (default Webhook)
  --enable-debugging-handlers BOOL
                                  serve logs, exec, attach, port-forward, run and profiles (default true)
  --container-log-max-size SIZE   rotate logs at this size (default 10Mi)
  --container-log-max-files N     files of a log to keep (default 5)
  --v N                           verbosity of the log on standard error: from 4 on it has each request (default 0)
  --help                          this text
`;

/** Runs `keelson kubelet` until SIGINT or SIGTERM, and returns the exit status. Throws a `UsageError` for unknown flags. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, kubeletFlag);
  if (flags.bool('help') === true) {
    process.stdout.write(help);
    return 0;
  }
  const nodeName = flags.text('hostname-override') ?? hostname().toLowerCase();
  const nodeIPs = flags.list('node-ip') ?? machineAddresses();
  const settings = {
    nodeName,
    nodeIPs,
    rootDir: flags.text('root-dir') ?? join(tmpdir(), `keelson-kubelet-${nodeName}`),
    address: flags.text('address'),
    port: portOf(flags, 'port'),
    healthzPort: portOf(flags, 'healthz-port'),
    registerNode: flags.bool('register-node'),
    schedulable: flags.bool('register-schedulable'),
    taints: flags.list('register-with-taints')?.map(taintOf),
    nodeLabels: Object.fromEntries((flags.list('node-labels') ?? []).map(labelOf)),
    maxPods: flags.int('max-pods'),
    verbosity: flags.int('v'),
    nodeLogs: '/var/log',
    statusMs: flags.duration('node-status-update-frequency'),
    anonymousAuth: flags.bool('anonymous-auth'),
    tokenReview: flags.bool('authentication-token-webhook'),
    authorizationMode: modeOf(flags.text('authorization-mode')),
    debuggingHandlers: flags.bool('enable-debugging-handlers'),
    logMaxBytes: await sizeOf(flags.text('container-log-max-size')),
    logMaxFiles: flags.int('container-log-max-files'),
    tls: await certificateOf(flags, [nodeName, 'localhost', ...nodeIPs]),
    runtime: await runtimeOf(flags, nodeIPs),
  };
  const { connect } = await import('../sdk/index.js');
  const kubeconfig = flags.text('kubeconfig');
  const found = kubeconfig === undefined ? {} : { kubeconfig };
  await using cluster = await connect(found);
  const { Kubelet } = await import('../cluster/index.js');
  const kubelet = new Kubelet({
    ...settings,
    cluster,
    apiServer: await apiServerOf(found),
    log: (line) => process.stderr.write(`${line}\n`),
    onError: (error) => process.stderr.write(`keelson kubelet: ${error instanceof Error ? error.message : error}\n`),
  });
  const stopped = stopSignal();
  try {
    await Promise.race([kubelet.start(), stopped]);
    process.stdout.write(`node ${nodeName} is registered, the kubelet API is at ${nodeIPs[0]}:${kubelet.port}\n`);
    await stopped;
  } finally {
    await closeWithin({ close: () => kubelet.stop() }, systemClock, CLOSE_MS);
  }
  return 0;
}

/** Returns the address by which this machine reaches the API server: containers reach it by the same one. */
async function apiServerOf(found: { readonly kubeconfig?: string }) {
  const { resolveConfig } = await import('../config/resolve-config.js');
  const url = new URL((await resolveConfig(found)).server);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

async function runtimeOf(flags: GivenFlags, nodeAddresses: readonly string[]) {
  const name = flags.text('runtime') ?? 'process';
  const file = flags.text('images');
  if (name === 'function') return functionsOf(file);
  if (name !== 'process') throw new UsageError(`--runtime takes process or function, not '${name}'`);
  const { ImageMap, PodAddresses, ProcessRuntime } = await import('../cluster/index.js');
  const cidr = flags.text('pod-cidr');
  return new ProcessRuntime({
    images: file === undefined ? new ImageMap() : ImageMap.read(await readDocument(file), file),
    nodeAddresses,
    podAddresses: cidr === undefined ? undefined : new PodAddresses(cidr),
    clock: systemClock,
  });
}

/** Loads the functions that stand for images: the exports of a module, or the members of its default export. */
async function functionsOf(file: string | undefined) {
  if (file === undefined)
    throw new UsageError('--runtime function needs --images, a module with a function for each image');
  const { FunctionRuntime } = await import('../cluster/index.js');
  const module: Record<string, unknown> = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new UsageError(`cannot read --images ${file}: ${error instanceof Error ? error.message : error}`);
  });
  const given = typeof module.default === 'object' && module.default !== null ? module.default : module;
  const images = Object.entries(given).map(([image, value]): [string, FunctionImage] => {
    if (typeof value !== 'function') throw new UsageError(`cannot use --images ${file}: ${image} is not a function`);
    return [image, (container) => value(container)];
  });
  return new FunctionRuntime({ images: Object.fromEntries(images) });
}

async function readDocument(file: string): Promise<unknown> {
  const text = await readText(file, 'images');
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`cannot read --images ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reads the certificate, or makes one that only this kubelet has signed. */
async function certificateOf(flags: GivenFlags, hosts: readonly string[]) {
  const [certFile, keyFile, caFile] = [
    flags.text('tls-cert-file'),
    flags.text('tls-private-key-file'),
    flags.text('client-ca-file'),
  ];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file belong together. Give both or neither.');
  }
  const clientCa = caFile === undefined ? undefined : await readText(caFile, 'client-ca-file');
  if (certFile !== undefined && keyFile !== undefined) {
    const [cert, key] = [await readText(certFile, 'tls-cert-file'), await readText(keyFile, 'tls-private-key-file')];
    return { cert, key, clientCa };
  }
  const { makeCertificate } = await import('../x509/certificate.js');
  const made = makeCertificate({
    commonName: `${hosts[0]}@${Math.floor(systemClock.now() / 1000)}`,
    use: 'server',
    hosts,
    now: systemClock.now(),
    validDays: CERTIFICATE_DAYS,
    serial: Uint8Array.from({ length: 8 }, () => Math.floor(systemRandom() * 256)),
  });
  return { cert: made.certificate, key: made.privateKey, clientCa };
}

async function readText(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read --${flag} ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function portOf(flags: GivenFlags, name: string): number | undefined {
  const port = flags.int(name);
  if (port !== undefined && port > 65_535)
    throw new UsageError(`--${name} takes a port from 0 to 65535, not '${port}'`);
  return port;
}

function modeOf(mode: string | undefined): 'Webhook' | 'AlwaysAllow' | undefined {
  if (mode === undefined || mode === 'Webhook' || mode === 'AlwaysAllow') return mode;
  throw new UsageError(`--authorization-mode takes Webhook or AlwaysAllow, not '${mode}'`);
}

function taintOf(text: string): {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
} {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(.+)$/.exec(text) ?? [];
  if (key === undefined || (effect !== 'NoSchedule' && effect !== 'PreferNoSchedule' && effect !== 'NoExecute')) {
    throw new UsageError(`--register-with-taints takes KEY=VALUE:EFFECT, not '${text}'`);
  }
  return { key, ...(value ? { value } : {}), effect };
}

function labelOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`--node-labels takes KEY=VALUE, not '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function sizeOf(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const { FormatError, parseQuantity } = await import('../meta/index.js');
  try {
    return parseQuantity(text).toNumber();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`--container-log-max-size takes a size such as 10Mi, not '${text}'`);
  }
}
