import { open, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginsOf } from '../server/admission/plugin-names.js';
import type { RequestHeader } from '../server/authn/request-header.js';
import { type AuthorizationMode, authorizationModes } from '../server/authz/authorizer.js';
import type { EncryptionFileOptions } from '../server/encryption-file.js';
import type { EtcdOptions } from '../server/etcd.js';
import { featureGates } from '../server/features/feature-gates.js';
import type { KubeletClient } from '../server/object/backends.js';
import { readText } from '../server/read-text.js';
import type { RunningServer } from '../server/serve.js';
import type { TokenAuthorityOptions } from '../server/tokens/token-authority.js';

import { systemClock } from '../util/clock.js';
import { type AuditFlags, auditOf } from './audit.js';
import { authenticationOf } from './authentication-flags.js';
import { closeWithin } from './close-within.js';
import { companionWarnings } from './flag-companions.js';
import { type GivenFlags, parseFlags } from './parse-flags.js';
import { stopSignal } from './stop-signal.js';
import { UsageError } from './usage-error.js';

/** A server that was told to stop is given so many milliseconds. */
const closeMs = 5_000;

export const help = `Usage: keelson serve [flags]

Runs a Kubernetes API server in this process. Prints one line when it is ready.

  --insecure-port PORT            port without TLS or authentication; 0: any free one (default: none)
  --insecure-bind-address ADDRESS address of that port (default 127.0.0.1)
  --secure-port PORT              port with TLS; 0: any free one (default: 6443 where there is no insecure port)
  --bind-address ADDRESS          address of that port (default 127.0.0.1)
  --data-dir DIR                  folder to keep objects and the server's keys in (default: in memory)
  --etcd-servers LIST             URLs of the etcd to keep objects in, instead of a folder
  --etcd-prefix PREFIX            prefix of its keys (default /registry)
  --etcd-cafile FILE, --etcd-certfile FILE, --etcd-keyfile FILE
                                  authority of its certificates, client certificate and key
  --encryption-provider-config FILE
                                  keys to encrypt objects with in the folder or in etcd: an EncryptionConfiguration
  --encryption-provider-config-automatic-reload BOOL
                                  read that file again every minute (default false)
  --kubeconfig-out FILE           where to write a kubeconfig (default: a file in the temporary folder)
  --token-auth-file FILE          who may come with a bearer token: CSV of token,user,uid,"group1,group2"
  --basic-auth-file FILE          who may come with a password: CSV of password,user,uid,"group1,group2"
  --authorization-mode LIST       who decides what a user may do: Node, RBAC, ABAC, AlwaysAllow, AlwaysDeny (default RBAC)
  --authorization-policy-file FILE
                                  policies of the mode ABAC, one JSON object a line
  --enable-admission-plugins LIST admission plugins to run besides the default ones
  --disable-admission-plugins LIST
                                  admission plugins not to run, such as ServiceAccount
  --admission-control-config-file FILE
                                  configuration of EventRateLimit, ImagePolicyWebhook, PodNodeSelector, PodTolerationRestriction
  --anonymous-auth BOOL           whether who shows no credentials is let in as system:anonymous (default true)
  --client-ca-file FILE           whose client certificates to believe: CN is the user, O the groups
  --oidc-issuer-url URL, --oidc-client-id ID, --oidc-ca-file FILE
                                  whose tokens (OpenID Connect) to believe, for which client; the authorities of that server
  --oidc-username-claim CLAIM, --oidc-username-prefix PREFIX, --oidc-groups-claim CLAIM, --oidc-groups-prefix PREFIX,
  --oidc-required-claim CLAIM=VALUE, --oidc-signing-algs LIST
                                  which claims name the user and its groups, and what tokens have to have
  --authentication-config FILE    several such issuers, and the paths for system:anonymous: an AuthenticationConfiguration
  --advertise-address IP          address of the server in the endpoints of the service kubernetes (default: --bind-address)
  --endpoint-reconciler-type TYPE how servers keep these endpoints: lease (default) or none
  --controllers LIST              controllers to run: '*', names, and -names (default '*'); '-*' runs none
  --runtime-config LIST           APIs to serve: api/all=true, api/beta=true, GROUP/VERSION=false, GROUP/VERSION/RESOURCE=true, ...
  --feature-gates LIST            feature gates of Kubernetes 1.36, such as ShardedListAndWatch=false
  --tls-cert-file FILE, --tls-private-key-file FILE
                                  certificate and key of the secure port (default: made for this server)
  --service-account-issuer URL, --service-account-signing-key-file FILE, --service-account-key-file FILE,
  --service-account-jwks-uri URL, --service-account-max-token-expiration DURATION, --api-audiences LIST
                                  who issues tokens of service accounts, and whose are believed
  --service-cluster-ip-range LIST addresses of services: a network, or one of each family (default 10.0.0.0/16)
  --service-node-port-range RANGE node ports of services (default 30000-32767)
  --event-ttl DURATION            how long events are kept (default 1h)
  --etcd-compaction-interval DURATION
                                  how often old versions are forgotten (default 5m)
  --max-requests-inflight N, --max-mutating-requests-inflight N
                                  requests under way at most (default 400 and 200)
  --requestheader-client-ca-file FILE, --requestheader-allowed-names LIST, --requestheader-username-headers LIST,
  --requestheader-uid-headers LIST, --requestheader-group-headers LIST, --requestheader-extra-headers-prefix LIST
                                  whose client certificates may name users in headers, by which names, in which headers
  --proxy-client-cert-file FILE, --proxy-client-key-file FILE
                                  client certificate and key that servers of aggregated APIs know this one by
  --kubelet-client-certificate FILE, --kubelet-client-key FILE
                                  client certificate and key that kubelets know the server by (default: made for this server)
  --kubelet-certificate-authority FILE
                                  authorities of the certificates of kubelets (default: they are not verified)
  --kubelet-preferred-address-types LIST
                                  node addresses to reach kubelets at (default InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS)
  --kubelet-timeout DURATION      time to connect to a kubelet (default 5s)
  --audit-policy-file FILE        which requests to record: a Policy of audit.k8s.io/v1
  --audit-log-path FILE           where to record them; -: standard output
  --audit-log-format FORMAT       json or legacy (default json)
  --audit-log-maxsize MIB, --audit-log-maxbackup N, --audit-log-maxage DAYS
                                  when to rotate the file (default 100), and which rotated files to keep (default: all)
  --enable-priority-and-fairness BOOL
                                  whether priority levels share out those requests (default true)
  --help                          this text

Other flags of kube-apiserver are refused by name; docs/server.md lists them all.
`;

/** `keelson serve`: runs until SIGINT or SIGTERM, and gives the exit status. Throws a `UsageError` for flags it does not know. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags.bool('help') === true) {
    process.stdout.write(help);
    return 0;
  }
  return serveUntilStopped(flags, { defaultPort: 6443 });
}

/** The additions of a command to the server. */
export interface ServeAdditions {
  /** The secure port where flags name no port. */
  readonly defaultPort: number;
  /** The authorities of client certificates, in PEM, where flags give no file. */
  readonly clientCa?: string | undefined;
  /** Settings for connections to kubelets, where flags give none. */
  readonly kubelet?: Partial<KubeletClient> | undefined;
  /** Starts what belongs to the server before it counts as ready, and returns what to close before the server. */
  readonly attach?: ((server: RunningServer) => Promise<Attached>) | undefined;
}

/** Parts that run beside the server. */
export interface Attached {
  /** A line to print once the server is ready. */
  readonly note?: string | undefined;
  close(): Promise<void>;
}

/** Runs the server that flags describe until SIGINT or SIGTERM, and returns the exit status. */
export async function serveUntilStopped(flags: GivenFlags, additions: ServeAdditions): Promise<number> {
  const { defaultPort, attach } = additions;
  const insecurePort = port(flags.text('insecure-port'), '--insecure-port');
  const securePort =
    port(flags.text('secure-port'), '--secure-port') ?? (insecurePort === undefined ? defaultPort : undefined);
  for (const warning of companionWarnings(flags)) process.stderr.write(`Warning: ${warning}\n`);
  const authentication = await authenticationOf(flags);
  const audit = await auditOf(auditFlags(flags));
  const { serve } = await import('../server/serve.js');
  const server = await serve({
    insecurePort,
    insecureBindAddress: flags.text('insecure-bind-address'),
    securePort,
    bindAddress: flags.text('bind-address'),
    advertiseAddress: addressOf(flags.text('advertise-address')),
    endpointReconcilerType: reconcilerOf(flags.text('endpoint-reconciler-type')),
    dataDir: flags.text('data-dir'),
    etcd: etcdOf(flags),
    encryption: encryptionOf(flags),
    tokenAuthFile: flags.text('token-auth-file'),
    basicAuthFile: flags.text('basic-auth-file'),
    clientCaFile: flags.text('client-ca-file'),
    clientCa: additions.clientCa,
    requestHeader: await requestHeader(flags),
    tlsCertFile: flags.text('tls-cert-file'),
    tlsPrivateKeyFile: flags.text('tls-private-key-file'),
    authorizationMode: modes(flags.list('authorization-mode')),
    authorizationPolicy: await policyFile(flags.text('authorization-policy-file')),
    ...admission(flags.list('enable-admission-plugins'), flags.list('disable-admission-plugins')),
    admissionControlConfigFile: flags.text('admission-control-config-file'),
    anonymousAuth: authentication?.anonymous?.enabled ?? flags.bool('anonymous-auth'),
    anonymousPaths: authentication?.anonymous?.paths,
    jwt: authentication?.jwt,
    controllers: flags.list('controllers'),
    runtimeConfig: flags.list('runtime-config')?.join(','),
    featureGates: gates(flags.list('feature-gates')?.join(',')),
    compactionIntervalMs: flags.duration('etcd-compaction-interval'),
    serviceClusterIpRange: flags.text('service-cluster-ip-range'),
    serviceNodePortRange: flags.text('service-node-port-range'),
    eventTtlMs: flags.duration('event-ttl'),
    audit: audit.options,
    enablePriorityAndFairness: flags.bool('enable-priority-and-fairness'),
    aggregation: { proxyClient: await proxyClient(flags) },
    kubelet: { ...additions.kubelet, ...kubelet(flags) },
    kubeletClientCertificateFile: flags.text('kubelet-client-certificate'),
    kubeletClientKeyFile: flags.text('kubelet-client-key'),
    kubeletCertificateAuthorityFile: flags.text('kubelet-certificate-authority'),
    maxRequestsInflight: flags.int('max-requests-inflight'),
    maxMutatingRequestsInflight: flags.int('max-mutating-requests-inflight'),
    ...(await serviceAccounts(flags)),
  });
  const out = flags.text('kubeconfig-out');
  let attached: Attached | undefined;
  try {
    attached = await attach?.(server);
    const path = await writeKubeconfig(out, server.kubeconfig);
    const urls = [server.insecureUrl, server.secureUrl].filter((url) => url !== undefined).join(' and ');
    process.stdout.write(`keelson is ready at ${urls}, kubeconfig ${path}\n`);
    if (attached?.note !== undefined) process.stdout.write(`${attached.note}\n`);
    // What writing takes is loaded while nobody waits for it.
    await Promise.all([stopSignal(), import('../server/verbs/writes.js')]);
    if (out === undefined) await rm(path, { force: true });
  } finally {
    if (attached !== undefined) await closeWithin(attached, systemClock, closeMs);
    await closeWithin(server, systemClock, closeMs);
    await audit.close();
  }
  return 0;
}

/**
 * Writes what holds a token: nobody else may read it, not even for a moment or through a file or link that was put there for it.
 * Resolves to the path.
 */
async function writeKubeconfig(out: string | undefined, text: string): Promise<string> {
  const path = out ?? join(tmpdir(), `keelson-${process.pid}.kubeconfig`);
  if (out === undefined) await rm(path, { force: true });
  const file = await open(path, out === undefined ? 'wx' : 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot write --kubeconfig-out ${path}: ${error.code}. Check the folder and its permissions.`);
  });
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  return path;
}

function port(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`${flag} takes a port from 0 to 65535, not '${text}'`);
  return Number(text);
}

function modes(named: readonly string[] | undefined): AuthorizationMode[] | undefined {
  return named?.map((name) => {
    const mode = authorizationModes.find((one) => one === name);
    if (mode === undefined)
      throw new UsageError(`--authorization-mode takes ${authorizationModes.join(', ')}, not '${name}'`);
    return mode;
  });
}

/** The plugins to run and not to run, once they are known to be plugins. */
function admission(enabled: readonly string[] | undefined, disabled: readonly string[] | undefined) {
  const names = (all: readonly string[] | undefined) => all?.filter((name) => name !== '');
  const [enableAdmissionPlugins, disableAdmissionPlugins] = [names(enabled), names(disabled)];
  try {
    pluginsOf(enableAdmissionPlugins, disableAdmissionPlugins);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  return { enableAdmissionPlugins, disableAdmissionPlugins };
}

async function policyFile(path: string | undefined): Promise<{ text: string; path: string } | undefined> {
  return path === undefined ? undefined : { text: await readText(path, '--authorization-policy-file'), path };
}

/** Checks the feature gates, and warns of those that change nothing. */
function gates(text: string | undefined): string | undefined {
  try {
    for (const warning of featureGates(text).warnings) process.stderr.write(`Warning: ${warning}\n`);
  } catch (error) {
    throw new UsageError(`--feature-gates: ${error instanceof Error ? error.message : String(error)}`);
  }
  return text;
}

async function requestHeader(flags: GivenFlags): Promise<RequestHeader | undefined> {
  const clientCaFile = flags.text('requestheader-client-ca-file');
  const lists = {
    allowedNames: flags.list('requestheader-allowed-names'),
    usernameHeaders: flags.list('requestheader-username-headers'),
    uidHeaders: flags.list('requestheader-uid-headers'),
    groupHeaders: flags.list('requestheader-group-headers'),
    extraHeadersPrefix: flags.list('requestheader-extra-headers-prefix'),
  };
  const given = Object.values(lists).some((list) => list !== undefined);
  if (clientCaFile === undefined && !given) return undefined;
  if (clientCaFile === undefined || lists.usernameHeaders === undefined) {
    const flag = clientCaFile === undefined ? '--requestheader-client-ca-file' : '--requestheader-username-headers';
    throw new UsageError(`the other --requestheader flags have no effect without ${flag}`);
  }
  const named = (list: readonly string[] = []): string[] => list.filter((name) => name !== '');
  return {
    clientCa: await readText(clientCaFile, '--requestheader-client-ca-file'),
    allowedNames: named(lists.allowedNames),
    usernameHeaders: named(lists.usernameHeaders),
    uidHeaders: named(lists.uidHeaders),
    groupHeaders: named(lists.groupHeaders),
    extraHeadersPrefix: named(lists.extraHeadersPrefix),
  };
}

function kubelet(flags: GivenFlags): Partial<KubeletClient> {
  const preferredAddressTypes = flags.list('kubelet-preferred-address-types');
  const timeoutMs = flags.duration('kubelet-timeout');
  return {
    ...(preferredAddressTypes === undefined ? {} : { preferredAddressTypes }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

async function proxyClient(flags: GivenFlags): Promise<{ certificate: string; key: string } | undefined> {
  const [certificate, key] = [flags.text('proxy-client-cert-file'), flags.text('proxy-client-key-file')];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new UsageError('--proxy-client-cert-file and --proxy-client-key-file belong together. Give both or neither');
  return {
    certificate: await readText(certificate, '--proxy-client-cert-file'),
    key: await readText(key, '--proxy-client-key-file'),
  };
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text;
  throw new UsageError(`--advertise-address=${text} is not an IP address`);
}

function reconcilerOf(text: string | undefined): 'lease' | 'none' | undefined {
  if (text === undefined || text === 'lease' || text === 'none') return text;
  throw new UsageError(`--endpoint-reconciler-type=${text} is not lease or none`);
}

function etcdOf(flags: GivenFlags): EtcdOptions | undefined {
  const servers = flags.list('etcd-servers');
  const rest = {
    prefix: flags.text('etcd-prefix')?.replace(/\/+$/, ''),
    caFile: flags.text('etcd-cafile'),
    certFile: flags.text('etcd-certfile'),
    keyFile: flags.text('etcd-keyfile'),
  };
  if (servers !== undefined) return { servers, ...rest };
  if (Object.values(rest).some((value) => value !== undefined))
    throw new UsageError('the other --etcd flags have no effect without --etcd-servers');
  return undefined;
}

function encryptionOf(flags: GivenFlags): EncryptionFileOptions | undefined {
  const path = flags.text('encryption-provider-config');
  const automaticReload = flags.bool('encryption-provider-config-automatic-reload');
  if (path === undefined) {
    if (automaticReload !== true) return undefined;
    throw new UsageError(
      '--encryption-provider-config-automatic-reload has no effect without --encryption-provider-config',
    );
  }
  if (flags.text('data-dir') === undefined && flags.list('etcd-servers') === undefined)
    throw new UsageError('--encryption-provider-config has no effect without --data-dir or --etcd-servers');
  const onReloadError = (error: unknown): void => {
    process.stderr.write(
      `Warning: ${error instanceof Error ? error.message : error}. The previous keys stay in use.\n`,
    );
  };
  return { path, automaticReload, onReloadError };
}

function auditFlags(flags: GivenFlags): AuditFlags {
  return {
    policyFile: flags.text('audit-policy-file'),
    path: flags.text('audit-log-path'),
    format: flags.text('audit-log-format'),
    maxSizeMib: flags.int('audit-log-maxsize'),
    maxBackups: flags.int('audit-log-maxbackup'),
    maxAgeDays: flags.int('audit-log-maxage'),
  };
}

async function serviceAccounts(flags: GivenFlags): Promise<TokenAuthorityOptions> {
  const signing = flags.text('service-account-signing-key-file');
  const keys = flags.array('service-account-key-file') ?? [];
  return {
    serviceAccountIssuers: flags.array('service-account-issuer'),
    serviceAccountSigningKey:
      signing === undefined ? undefined : await readText(signing, '--service-account-signing-key-file'),
    serviceAccountKeys: await Promise.all(keys.map((path) => readText(path, '--service-account-key-file'))),
    apiAudiences: flags.list('api-audiences'),
    serviceAccountJwksUri: flags.text('service-account-jwks-uri'),
    serviceAccountMaxTokenExpirationMs: flags.duration('service-account-max-token-expiration'),
  };
}
