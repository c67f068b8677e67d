import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pluginsOf } from '../server/admission/plugins.js';
import { type AuthorizationMode, authorizationModes } from '../server/authz/authorizer.js';
import { UsageError } from './usage-error.js';

export const help = `Usage: keelson serve [flags]

Runs a Kubernetes API server in this process, in memory. Prints one line when it is ready.

  --insecure-port PORT            port without TLS or authentication; 0: any free one (default: none)
  --insecure-bind-address ADDRESS address of that port (default 127.0.0.1)
  --secure-port PORT              port with TLS; 0: any free one (default: 6443 where there is no insecure port)
  --bind-address ADDRESS          address of that port (default 127.0.0.1)
  --kubeconfig-out FILE           where to write a kubeconfig (default: a file in the temporary folder)
  --token-auth-file FILE          who may come with a bearer token: CSV of token,user,uid,"group1,group2"
  --basic-auth-file FILE          who may come with a password: CSV of password,user,uid,"group1,group2"
  --authorization-mode LIST       who decides what a user may do: Node, RBAC, AlwaysAllow, AlwaysDeny (default RBAC)
  --enable-admission-plugins LIST admission plugins to run; all this server has run anyway
  --disable-admission-plugins LIST
                                  admission plugins not to run, such as ServiceAccount
  --anonymous-auth BOOL           whether who shows no credentials is let in as system:anonymous (default true)
  --client-ca-file FILE           whose client certificates to believe: CN is the user, O the groups
  --controllers LIST              controllers to run: '*', names, and -names (default '*'); '-*' runs none
  --runtime-config LIST           API versions to serve: api/all=true, api/beta=true, GROUP/VERSION=false, ...
  --help                          this text
`;

/** `keelson serve`: runs until SIGINT or SIGTERM, and gives the exit status. Throws a `UsageError` for flags it does not know. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const insecurePort = port(flags['insecure-port'], '--insecure-port');
  const securePort = port(flags['secure-port'], '--secure-port') ?? (insecurePort === undefined ? 6443 : undefined);
  const { serve } = await import('../server/serve.js');
  const server = await serve({
    insecurePort,
    insecureBindAddress: flags['insecure-bind-address'],
    securePort,
    bindAddress: flags['bind-address'],
    tokenAuthFile: flags['token-auth-file'],
    basicAuthFile: flags['basic-auth-file'],
    clientCaFile: flags['client-ca-file'],
    authorizationMode: modes(flags['authorization-mode']),
    ...admission(flags['enable-admission-plugins'], flags['disable-admission-plugins']),
    anonymousAuth: bool(flags['anonymous-auth'], '--anonymous-auth'),
    controllers: list(flags.controllers),
    runtimeConfig: flags['runtime-config'],
  });
  const out = flags['kubeconfig-out'];
  try {
    const path = await writeKubeconfig(out, server.kubeconfig);
    const urls = [server.insecureUrl, server.secureUrl].filter((url) => url !== undefined).join(' and ');
    process.stdout.write(`keelson is ready at ${urls}, kubeconfig ${path}\n`);
    // What writing takes is loaded while nobody waits for it.
    await Promise.all([stopSignal(), import('../server/registry/writes.js')]);
    if (out === undefined) await rm(path, { force: true });
  } finally {
    await server.close();
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
  const file = await open(path, out === undefined ? 'wx' : 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  return path;
}

function parseFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'insecure-port': { type: 'string' },
        'insecure-bind-address': { type: 'string' },
        'secure-port': { type: 'string' },
        'bind-address': { type: 'string' },
        'kubeconfig-out': { type: 'string' },
        'token-auth-file': { type: 'string' },
        'basic-auth-file': { type: 'string' },
        'client-ca-file': { type: 'string' },
        'authorization-mode': { type: 'string' },
        'enable-admission-plugins': { type: 'string' },
        'disable-admission-plugins': { type: 'string' },
        'anonymous-auth': { type: 'string' },
        controllers: { type: 'string' },
        'runtime-config': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function port(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`${flag} takes a port from 0 to 65535, not '${text}'`);
  return Number(text);
}

function modes(text: string | undefined): AuthorizationMode[] | undefined {
  const named = list(text);
  return named?.map((name) => {
    const mode = authorizationModes.find((one) => one === name);
    if (mode === undefined)
      throw new UsageError(`--authorization-mode takes ${authorizationModes.join(', ')}, not '${name}'`);
    return mode;
  });
}

/** The plugins to run and not to run, once they are known to be plugins. */
function admission(enabled: string | undefined, disabled: string | undefined) {
  const names = (text: string | undefined) => list(text)?.filter((name) => name !== '');
  const [enableAdmissionPlugins, disableAdmissionPlugins] = [names(enabled), names(disabled)];
  try {
    pluginsOf(enableAdmissionPlugins, disableAdmissionPlugins);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  return { enableAdmissionPlugins, disableAdmissionPlugins };
}

function bool(text: string | undefined, flag: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw new UsageError(`${flag} takes true or false, not '${text}'`);
  return text === 'true';
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
