import { stat } from 'node:fs/promises';
import { isConfigError, isInvalidRequestError } from '../errors/index.js';
import { serveProxy } from '../proxy/start-proxy.js';
import { systemClock } from '../util/clock.js';
import { closeWithin } from './close-within.js';
import { clusterOf } from './proxy-cluster.js';
import { ProxyFlags } from './proxy-flags.js';
import { stopSignal } from './stop-signal.js';

/** A proxy that was told to stop gets so many milliseconds. */
const CLOSE_MS = 2_000;
/** The version of Kubernetes whose kubectl this command follows. */
const FOLLOWED = { major: '1', minor: '36' };

const help = `Usage: keelson proxy [flags]

Lets programs on this machine reach the API server with the credentials of the kubeconfig, as kubectl proxy does.

  -p, --port PORT             port to listen on; 0: any free one (default 8001)
  --address ADDRESS           address to listen on (default 127.0.0.1)
  -u, --unix-socket PATH      Unix socket to listen on instead of a port
  --api-prefix PREFIX         prefix of the API (default /)
  -w, --www FOLDER            serve the files of this folder too
  -P, --www-prefix PREFIX     prefix of the files (default /static/)
  --accept-hosts PATTERNS     Host headers to accept (default ^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$)
  --accept-paths PATTERNS     paths to accept (default ^.*)
  --reject-paths PATTERNS     paths to reject (default ^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach)
  --reject-methods PATTERNS   methods to reject (default ^$)
  --disable-filter            accept every request: any web page can then use the proxy
  --append-server-path        put the path of the server's address before every path
  --keepalive DURATION        keep-alive period of upgraded connections (default 0s, the system's)

  --kubeconfig FILE, --context NAME, --cluster NAME, --user NAME, -s, --server URL, --token TOKEN,
  --username NAME, --password PASSWORD, --certificate-authority FILE, --client-certificate FILE, --client-key FILE,
  --tls-server-name NAME, --insecure-skip-tls-verify, --as USER, --as-group GROUP, --as-uid UID
                              the cluster and the user
  -n, --namespace NAME        accepted, as by kubectl; a proxy has no namespace
  --match-server-version      end if the server is not Kubernetes ${FOLLOWED.major}.${FOLLOWED.minor}
  -v, --v N                   3 and more: log what the filter decides
  --vmodule LIST              the same for one file of kubectl: proxy_server=3
  --help                      this text

Patterns are in Go's syntax, several separated by commas.
`;

/** Runs `keelson proxy` until SIGINT or SIGTERM, and returns the exit status: kubectl's, which is 1 for wrong flags. */
export async function run(args: readonly string[]): Promise<number> {
  let flags: ProxyFlags;
  try {
    flags = new ProxyFlags(args);
  } catch (error) {
    return failed(`${messageOf(error)}\nSee 'keelson proxy --help' for usage.`, 1);
  }
  if (flags.bool('help')) {
    process.stdout.write(help);
    return 0;
  }
  try {
    return await serve(flags);
  } catch (error) {
    // kubectl ends with 255 for a pattern that is not valid.
    if (isInvalidRequestError(error)) return failed(error.message, 255);
    if (isConfigError(error)) return failed(error.message, 1);
    throw error;
  }
}

async function serve(flags: ProxyFlags): Promise<number> {
  const port = flags.int('port');
  const unixSocket = flags.text('unix-socket') || undefined;
  if (port !== undefined && port !== 8001 && unixSocket !== undefined) {
    return failed('cannot set --unix-socket and --port at the same time', 1);
  }
  const config = await clusterOf(flags);
  if (flags.bool('match-server-version')) await matchVersion(config);
  const www = flags.text('www') || undefined;
  await checkFolder(www);
  const proxy = await serveProxy(config, {
    port,
    unixSocket,
    www,
    address: flags.text('address'),
    apiPrefix: flags.text('api-prefix'),
    wwwPrefix: flags.text('www-prefix'),
    acceptHosts: flags.text('accept-hosts'),
    acceptPaths: flags.text('accept-paths'),
    rejectPaths: flags.text('reject-paths'),
    rejectMethods: flags.text('reject-methods'),
    disableFilter: flags.bool('disable-filter'),
    appendServerPath: flags.bool('append-server-path'),
    keepaliveMs: flags.duration('keepalive'),
    onWarning: warn,
    ...(isVerbose(flags)
      ? {
          onRequest: ({ method, path, host, accepted }) =>
            process.stderr.write(`Filter ${accepted ? 'accepting' : 'rejecting'} ${method} ${path} ${host}\n`),
        }
      : {}),
  });
  const stopped = stopSignal();
  process.stdout.write(`Starting to serve on ${proxy.address}\n`);
  await stopped;
  await closeWithin(proxy, systemClock, CLOSE_MS);
  return 0;
}

/** Throws if the server has another version than the kubectl that this command follows. */
async function matchVersion(config: Awaited<ReturnType<typeof clusterOf>>): Promise<void> {
  const [{ createTransport }, { ConfigError }] = await Promise.all([
    import('../transport/create-transport.js'),
    import('../errors/index.js'),
  ]);
  const transport = createTransport(config);
  try {
    const { body } = await transport.send({ method: 'GET', path: '/version', kind: 'unary' });
    const found = JSON.parse(new TextDecoder().decode(await body.bytes())) as { major?: string; minor?: string };
    if (found.major === FOLLOWED.major && found.minor === FOLLOWED.minor) return;
    throw new ConfigError(
      `server version (${found.major}.${found.minor}) differs from client version (${FOLLOWED.major}.${FOLLOWED.minor})`,
    );
  } finally {
    await transport.close();
  }
}

async function checkFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    warn(`cannot read the folder of --www ${folder}: ${error.code}`);
  });
  if (facts?.isDirectory() === false) warn(`--www ${folder} is not a folder`);
}

/** Reports whether the filter's decisions are logged: by `--v`, or by `--vmodule` for the file of kubectl that logs them. */
function isVerbose(flags: ProxyFlags): boolean {
  if ((flags.int('v') ?? 0) >= 3) return true;
  return (flags.text('vmodule') ?? '').split(',').some((part) => {
    const [pattern = '', level] = part.split('=');
    // Such as proxy_server=3 or proxy*=3.
    const isMeant = pattern.endsWith('*')
      ? 'proxy_server'.startsWith(pattern.slice(0, -1))
      : pattern === 'proxy_server';
    return isMeant && Number(level) >= 3;
  });
}

function warn(text: string): void {
  process.stderr.write(`Warning: ${text}\n`);
}

function failed(message: string, status: number): number {
  process.stderr.write(`error: ${message}\n`);
  return status;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
