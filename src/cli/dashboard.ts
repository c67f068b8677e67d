import { startDashboard } from '../dashboard/start-dashboard.js';
import { ConfigError, isConfigError } from '../errors/index.js';
import { systemClock } from '../util/clock.js';
import { closeWithin } from './close-within.js';
import { dashboardContexts, dashboardPage } from './dashboard-contexts.js';
import { ProxyFlags } from './proxy-flags.js';
import { stopSignal } from './stop-signal.js';
import { UsageError } from './usage-error.js';

/** A dashboard that was told to stop gets so many milliseconds. */
const CLOSE_MS = 2_000;
const DEFAULT_PORT = 8002;

const help = `Usage: keelson dashboard [flags]

Serves a web page for the clusters of the kubeconfig, with the rights that the kubeconfig gives. The browser signs in with the code that
this command prints; each code works once.

  -p, --port PORT             port to listen on; 0: any free one (default ${DEFAULT_PORT})
  --address ADDRESS           address to listen on (default 127.0.0.1)

  --kubeconfig FILE, --context NAME, --cluster NAME, --user NAME, -s, --server URL, --token TOKEN,
  --username NAME, --password PASSWORD, --certificate-authority FILE, --client-certificate FILE, --client-key FILE,
  --tls-server-name NAME, --insecure-skip-tls-verify, --as USER, --as-group GROUP, --as-uid UID
                              the cluster and the user. Without them the page offers every context of the kubeconfig
  --help                      this text
`;

/** Runs `keelson dashboard` until SIGINT or SIGTERM, and returns the exit status. Throws a `UsageError` for wrong flags. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = flagsOf(args);
  if (flags.bool('help')) {
    process.stdout.write(help);
    return 0;
  }
  try {
    const address = flags.text('address') ?? '127.0.0.1';
    const page = dashboardPage();
    if (page === undefined)
      throw new ConfigError('cannot serve the dashboard: its page is not built. Run `npm run build`.');
    const dashboard = await startDashboard({
      address,
      port: flags.int('port') ?? DEFAULT_PORT,
      contexts: await dashboardContexts(flags),
      page,
      onCode: (code) => process.stdout.write(`Code for another browser: ${code}\n`),
    });
    const stopped = stopSignal();
    if (!/^(?:127\.|::1$|localhost$)/.test(address))
      process.stderr.write(`Warning: ${address} is not a loopback address, and the page is served without TLS\n`);
    process.stdout.write(`The dashboard is at ${dashboard.url}, sign-in code ${dashboard.code}\n`);
    await stopped;
    await closeWithin(dashboard, systemClock, CLOSE_MS);
    return 0;
  } catch (error) {
    if (!isConfigError(error)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 1;
  }
}

const own = new Set(['port', 'address', 'help']);

function flagsOf(args: readonly string[]): ProxyFlags {
  try {
    return new ProxyFlags(args, (name) => own.has(name) || isClusterFlag(name));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Reports whether a flag chooses the cluster or the user. */
function isClusterFlag(name: string): boolean {
  return [
    ...['as', 'as-group', 'as-uid', 'certificate-authority', 'client-certificate', 'client-key', 'cluster', 'context'],
    ...['insecure-skip-tls-verify', 'kubeconfig', 'password', 'server', 'tls-server-name', 'token', 'user', 'username'],
  ].includes(name);
}
