import { ConfigError } from '../errors/index.js';
import type { CredentialSource } from './credentials.js';
import { sharedExecPlugin } from './exec-plugin.js';
import { type ExecCluster, execSpec } from './exec-spec.js';
import { relativeTo } from './kubeconfig.js';
import type { KubeconfigChoice } from './kubeconfig-choice.js';
import type { KubeconfigExec } from './kubeconfig-file.js';

/** The plugin that a kubeconfig's user names. A command with a slash in it is meant from the file's folder, as with kubectl. */
export function execCredentials(
  exec: KubeconfigExec,
  where: string,
  file: string,
  cluster: ExecCluster,
  choice: KubeconfigChoice,
): CredentialSource {
  const spec = execSpec(exec, where);
  if (spec.command.includes('\0')) throw new ConfigError(`${where}: exec.command holds a NUL character`);
  const command = /[/\\]/.test(spec.command) ? relativeTo(file, spec.command) : spec.command;
  return sharedExecPlugin({ ...spec, command }, cluster, {
    ...choice.exec,
    ...(choice.env === undefined ? {} : { env: choice.env }),
    ...(choice.clock === undefined ? {} : { clock: choice.clock }),
  });
}
