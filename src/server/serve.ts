import { randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { systemClock } from '../util/clock.js';
import { type CertificatePair, makeCertificate } from '../x509/certificate.js';
import { ApiServer, type ApiServerOptions, expiringKeys } from './api-server.js';
import { basicAuthFile, tokenFile } from './authn/auth-files.js';
import { type Authenticator, credentialsIn, firstOf } from './authn/authenticator.js';
import { clientCertificate } from './authn/client-certificate.js';
import type { JwtConfiguration } from './authn/jwt-configuration.js';
import { authoritiesIn, requestHeader } from './authn/request-header.js';
import type { ServerSecrets } from './data-folder.js';
import type { EncryptionFileOptions, OpenEncryptionFile } from './encryption-file.js';
import type { EtcdOptions } from './etcd.js';
import { kubeconfigText } from './kubeconfig-text.js';
import { type Listener, type ListenOptions, listen } from './listener.js';
import type { KubeletClient } from './object/backends.js';
import type { UserInfo } from './object/user.js';
import { readText } from './read-text.js';
import { resourcesOfKeys } from './scheme/resource-of-key.js';
import { ServedScheme } from './scheme/scheme.js';
import type { Storage } from './storage/storage.js';

/** The options of a server on the network. */
export interface ServeOptions extends ApiServerOptions {
  /** The port without TLS and without authentication; 0 for any free one, undefined for none. */
  insecurePort?: number | undefined;
  /** Default: 127.0.0.1. Whoever reaches this address may do everything. */
  insecureBindAddress?: string | undefined;
  /** The port with TLS, where the kubeconfig's token is asked for; 0 for any free one, undefined for none. */
  securePort?: number | undefined;
  /** Default: 127.0.0.1. */
  bindAddress?: string | undefined;
  /**
   * The IP address of this server in the endpoints of the service `kubernetes`. Give one if several servers share a store. Default:
   * `bindAddress`, or loopback if the server listens on every address.
   */
  advertiseAddress?: string | undefined;
  /** The folder where objects and the server's keys are kept. Default: in memory, gone with the server. */
  dataDir?: string | undefined;
  /** The etcd where objects are kept, instead of a folder. Other API servers may use it at the same time. */
  etcd?: EtcdOptions | undefined;
  /** The keys that objects are encrypted with in `dataDir` or `etcd`: a file. Default: objects are stored as they are. */
  encryption?: EncryptionFileOptions | undefined;
  /** The configuration of admission plugins, in the format of kube-apiserver's `--admission-control-config-file`: a YAML file. */
  admissionControlConfigFile?: string | undefined;
  /** The users with a bearer token on the secure port: a CSV file of `token,user,uid,"group1,group2"`. */
  tokenAuthFile?: string | undefined;
  /** The users with a name and a password: a CSV file of `password,user,uid,"group1,group2"`. */
  basicAuthFile?: string | undefined;
  /** The authorities of client certificates, as a PEM file. The CN is the user, the O entries are the groups. */
  clientCaFile?: string | undefined;
  /** The same as text, where no file is given. */
  clientCa?: string | undefined;
  /** The issuers of OpenID Connect whose tokens are accepted. Rejects for expressions that make no sense. Default: none. */
  jwt?: readonly JwtConfiguration[] | undefined;
  /** The certificate of the secure port, with its chain: a PEM file. Default: one of an authority made for this server. */
  tlsCertFile?: string | undefined;
  /** The private key of that certificate: a PEM file. */
  tlsPrivateKeyFile?: string | undefined;
  /**
   * The client certificate that kubelets know the server by: a PEM file. Default: one of the authority made for this server, for the user
   * `kube-apiserver-kubelet-client` of the group `system:masters`.
   */
  kubeletClientCertificateFile?: string | undefined;
  /** The private key of that certificate: a PEM file. */
  kubeletClientKeyFile?: string | undefined;
  /** The authorities of the certificates of kubelets: a PEM file. Default: they are not verified, as in kube-apiserver. */
  kubeletCertificateAuthorityFile?: string | undefined;
}

/** A server on the network. */
export interface RunningServer {
  readonly api: ApiServer;
  /** The URL, such as `http://127.0.0.1:8080`; undefined without an insecure port. */
  readonly insecureUrl: string | undefined;
  /** The URL, such as `https://127.0.0.1:6443`; undefined without a secure port. */
  readonly secureUrl: string | undefined;
  /** A kubeconfig for the secure port, or for the insecure one if there is only that. */
  readonly kubeconfig: string;
  /** Ends all connections, watches included, and lets go of the ports. */
  close(): Promise<void>;
}

const admin: UserInfo = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Starts an API server with its ports. Rejects when a port cannot be had; nothing is left running then. */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const encryptionFile = await encryptionFileOf(options);
  try {
    const { storage, secrets } = await opened(options, encryptionFile);
    try {
      const running = await start({ ...options, storage }, secrets);
      const close = (): Promise<void> => {
        encryptionFile?.close();
        return running.close();
      };
      return { ...running, close };
    } catch (error) {
      if (storage !== options.storage) await storage?.close();
      throw error;
    }
  } catch (error) {
    encryptionFile?.close();
    throw error;
  }
}

/** The store that the options name, and the secrets that are kept with it. */
interface Opened {
  readonly storage: Storage | undefined;
  readonly secrets?: ServerSecrets;
}

async function encryptionFileOf(options: ServeOptions): Promise<OpenEncryptionFile | undefined> {
  const { encryption, dataDir, etcd, runtimeConfig, clock = systemClock } = options;
  if (encryption === undefined) return undefined;
  if (dataDir === undefined && etcd === undefined)
    throw new Error('cannot encrypt objects that are kept in memory. Give --data-dir or --etcd-servers.');
  const { openEncryptionFile } = await import('./encryption-file.js');
  const resourceOf = resourcesOfKeys(new ServedScheme(runtimeConfig).storedResources());
  return openEncryptionFile(encryption, resourceOf, clock);
}

/** Opens the store that the options name. */
async function opened(options: ServeOptions, encryptionFile: OpenEncryptionFile | undefined): Promise<Opened> {
  const { encryption } = encryptionFile ?? {};
  const { dataDir, etcd, clock, runtimeConfig, eventTtlMs } = options;
  if (dataDir !== undefined && etcd !== undefined)
    throw new Error('cannot keep objects in --data-dir and in --etcd-servers. Give one of them.');
  if (dataDir !== undefined) return (await import('./data-folder.js')).openDataFolder(dataDir, clock, encryption);
  if (etcd === undefined) return { storage: options.storage };
  const { openEtcd } = await import('./etcd.js');
  return { storage: await openEtcd(etcd, { runtimeConfig, expiring: expiringKeys(eventTtlMs), clock, encryption }) };
}

async function start(options: ServeOptions, secrets: ServerSecrets | undefined): Promise<RunningServer> {
  const token = secrets?.adminToken ?? randomBytes(32).toString('base64url');
  const host = options.bindAddress ?? '127.0.0.1';
  const shown = options.securePort === undefined ? undefined : await certificates(options, host, secrets?.authority);
  const clientCa =
    options.clientCaFile === undefined ? options.clientCa : await readText(options.clientCaFile, '--client-ca-file');
  const closing = new AbortController();
  const api = new ApiServer({
    certificateAuthority: shown?.authority.certificate,
    clientCertificateAuthority: clientCa,
    ...options,
    serviceAccountSigningKey: options.serviceAccountSigningKey ?? secrets?.serviceAccountKey,
    kubelet: await kubeletClient(options, shown),
    admissionConfiguration: await admissionConfiguration(options),
    authenticate: await authenticator(options, clientCa, token, closing.signal),
  });
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all(listeners.map((listener) => listener.close()));
    await api.close();
  };
  try {
    const insecure = await insecurePort(api, options, listeners);
    const secure =
      shown === undefined ? undefined : await securePort(api, options, listeners, token, { ...shown, clientCa });
    const kubeconfig = secure?.kubeconfig ?? kubeconfigText({ server: insecure?.url ?? '' });
    return { api, insecureUrl: insecure?.url, secureUrl: secure?.url, kubeconfig, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function admissionConfiguration(options: ServeOptions): Promise<ServeOptions['admissionConfiguration']> {
  const { admissionControlConfigFile: path } = options;
  if (path === undefined) return options.admissionConfiguration;
  const { readAdmissionConfiguration } = await import('./admission-config-file.js');
  return readAdmissionConfiguration(path);
}

async function insecurePort(
  api: ApiServer,
  options: ServeOptions,
  listeners: Listener[],
): Promise<Listener | undefined> {
  if (options.insecurePort === undefined) return undefined;
  const where = { host: options.insecureBindAddress, port: options.insecurePort };
  const listener = await listen(api, where, '--insecure-port');
  listeners.push(listener);
  return listener;
}

async function securePort(
  api: ApiServer,
  options: ServeOptions,
  listeners: Listener[],
  token: string,
  { authority, server, clientCa }: Shown & { readonly clientCa: string | undefined },
): Promise<{ url: string; kubeconfig: string }> {
  const { requestHeader: headers } = options;
  const authorities = [clientCa, headers?.clientCa].filter((ca) => ca !== undefined);
  const names = [...(headers?.usernameHeaders ?? []), ...(headers?.uidHeaders ?? []), ...(headers?.groupHeaders ?? [])];
  const where: ListenOptions = {
    listHeaders: [...names, ...(headers?.extraHeadersPrefix ?? [])].map((name) => name.toLowerCase()),
    host: options.bindAddress,
    port: options.securePort,
    clock: options.clock,
    tls: {
      certificate: server.certificate,
      key: server.privateKey,
      clientCa: authorities.length === 0 ? undefined : authorities.join('\n'),
    },
    authenticate: (headers, certificate, path) => api.authenticate(headers, certificate, path),
  };
  const listener = await listen(api, where, '--secure-port');
  listeners.push(listener);
  const { url, port } = listener;
  // Nobody waits for this: who asks for an object before it is there finds it a moment later, as on every cluster.
  void api.announce(options.advertiseAddress ?? reachedAt(options.bindAddress), port).catch(() => {});
  return { url, kubeconfig: kubeconfigText({ server: url, certificateAuthority: authority.certificate, token }) };
}

/** Listening everywhere includes listening on loopback. */
function reachedAt(host = '127.0.0.1'): string {
  if (host === '::') return '::1';
  return isIP(host) === 0 || host === '0.0.0.0' ? '127.0.0.1' : host;
}

/** The certificate of the secure port, and the authority that clients verify it with. An authority made here has its key. */
interface Shown {
  readonly authority: { readonly certificate: string; readonly privateKey?: string };
  readonly server: CertificatePair;
}

/** Reads the certificate that the options name, or makes an authority and a certificate for every name the server goes by. */
async function certificates(options: ServeOptions, host: string, kept: CertificatePair | undefined): Promise<Shown> {
  const { tlsCertFile: certificateFile, tlsPrivateKeyFile: keyFile } = options;
  if (certificateFile !== undefined && keyFile !== undefined) {
    const certificate = await readText(certificateFile, '--tls-cert-file');
    const privateKey = await readText(keyFile, '--tls-private-key-file');
    return { authority: { certificate }, server: { certificate, privateKey } };
  }
  if (certificateFile !== undefined || keyFile !== undefined)
    throw new Error(
      'cannot serve TLS: --tls-cert-file and --tls-private-key-file belong together. Give both or neither.',
    );
  const now = (options.clock ?? systemClock).now();
  const authority = kept ?? makeCertificate({ commonName: 'keelson-ca', use: 'ca', now, serial: randomBytes(8) });
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', '127.0.0.1', '::1'];
  const hosts = [...new Set(host === '0.0.0.0' || host === '::' ? names : [...names, host])];
  const server = makeCertificate(
    { commonName: 'kube-apiserver', use: 'server', hosts, now, serial: randomBytes(8) },
    authority,
  );
  return { authority, server };
}

/** Reads how kubelets are verified and what they are shown. */
async function kubeletClient(options: ServeOptions, shown: Shown | undefined): Promise<Partial<KubeletClient>> {
  const {
    kubeletClientCertificateFile: certificateFile,
    kubeletClientKeyFile: keyFile,
    kubeletCertificateAuthorityFile: authorityFile,
  } = options;
  if ((certificateFile === undefined) !== (keyFile === undefined))
    throw new Error(
      'cannot connect to kubelets: --kubelet-client-certificate and --kubelet-client-key belong together. Give both or neither.',
    );
  const authority =
    authorityFile === undefined
      ? {}
      : { certificateAuthority: await readText(authorityFile, '--kubelet-certificate-authority') };
  const client =
    certificateFile === undefined || keyFile === undefined
      ? ownKubeletClient(options, shown)
      : {
          certificate: await readText(certificateFile, '--kubelet-client-certificate'),
          key: await readText(keyFile, '--kubelet-client-key'),
        };
  return { ...authority, ...(client === undefined ? {} : { clientCertificate: client }), ...options.kubelet };
}

function ownKubeletClient(options: ServeOptions, shown: Shown | undefined): KubeletClient['clientCertificate'] {
  const { certificate: issuer, privateKey: issuerKey } = shown?.authority ?? {};
  if (issuer === undefined || issuerKey === undefined) return undefined;
  const { certificate, privateKey } = makeCertificate(
    {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      use: 'client',
      now: (options.clock ?? systemClock).now(),
      serial: randomBytes(8),
    },
    { certificate: issuer, privateKey: issuerKey },
  );
  return { certificate, key: privateKey };
}

async function authenticator(
  options: ServeOptions,
  clientCa: string | undefined,
  token: string,
  signal: AbortSignal,
): Promise<Authenticator> {
  const { tokenAuthFile, basicAuthFile: basicFile, requestHeader: proxies } = options;
  return firstOf(
    ...(options.authenticate === undefined ? [] : [options.authenticate]),
    ...(proxies === undefined ? [] : [requestHeader(proxies)]),
    ...(clientCa === undefined ? [] : [clientCertificate(authoritiesIn(clientCa))]),
    ...(tokenAuthFile === undefined ? [] : [await tokenFile(tokenAuthFile)]),
    ...(basicFile === undefined ? [] : [await basicAuthFile(basicFile)]),
    (headers) => (hasToken(headers, token) ? admin : undefined),
    ...(await jwtAuthenticators(options, signal)),
  );
}

async function jwtAuthenticators({ jwt = [], clock = systemClock }: ServeOptions, signal: AbortSignal) {
  if (jwt.length === 0) return [];
  const { jwtAuthenticator } = await import('./authn/jwt-authenticator.js');
  return Promise.all(jwt.map((configuration) => jwtAuthenticator(configuration, { clock, signal })));
}

/** Compares in constant time, so that the token cannot be guessed byte by byte. */
function hasToken(headers: Parameters<Authenticator>[0], token: string): boolean {
  const bytes = Buffer.from(credentialsIn(headers, 'bearer') ?? '');
  const expected = Buffer.from(token);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
