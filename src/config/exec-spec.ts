import { ConfigError } from '../errors/index.js';
import type { KubeconfigExec } from './kubeconfig-file.js';

/** The command of a credential plugin: `users[].user.exec` of a kubeconfig, checked. */
export interface ExecSpec {
  readonly apiVersion: string;
  /** A name to be looked for in `PATH`, or a path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** The text for people who do not have the command. */
  readonly installHint?: string | undefined;
  /** True if the plugin receives the cluster that its credentials are for. */
  readonly provideClusterInfo: boolean;
  /** The plugin's use of the terminal: it never, optionally or always talks to a person. */
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
}

/** The description of the cluster for a plugin that wants it: fields of `ExecCredential.spec.cluster`. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string | undefined;
  readonly 'insecure-skip-tls-verify'?: boolean | undefined;
  readonly 'certificate-authority-data'?: string | undefined;
  readonly 'proxy-url'?: string | undefined;
  readonly 'disable-compression'?: boolean | undefined;
  /** The content of the cluster's extension `client.authentication.k8s.io/exec`. */
  readonly config?: unknown;
}

/** The protocol versions spoken here; v1alpha1 was removed from Kubernetes in 1.24. */
const EXEC_API_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];

/** Checks what a kubeconfig says, by client-go's rules. `where` is for messages. */
export function execSpec(exec: KubeconfigExec, where: string): ExecSpec {
  const { command, apiVersion, interactiveMode } = exec;
  if (!command) throw new ConfigError(`${where}: exec names no command`);
  if (!apiVersion || !EXEC_API_VERSIONS.includes(apiVersion)) {
    throw new ConfigError(
      `${where}: exec.apiVersion must be ${EXEC_API_VERSIONS.join(' or ')}, not ${apiVersion ? `"${apiVersion}"` : 'empty'}: update the plugin's entry`,
    );
  }
  if (interactiveMode === undefined && apiVersion === 'client.authentication.k8s.io/v1') {
    throw new ConfigError(`${where}: exec.interactiveMode is required: Never, IfAvailable or Always`);
  }
  for (const { name } of exec.env) {
    if (name === '' || name.includes('='))
      throw new ConfigError(`${where}: exec.env has an entry without a usable name`);
  }
  return {
    apiVersion,
    command,
    args: exec.args,
    env: exec.env,
    installHint: exec.installHint ? harmless(exec.installHint) : undefined,
    provideClusterInfo: exec.provideClusterInfo ?? false,
    interactiveMode: interactiveMode ?? 'IfAvailable',
  };
}

/** Without what could set a terminal to something else, as client-go does: escape sequences begin with a control character. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  return text.replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g, '');
}

/** The content of `KUBERNETES_EXEC_INFO`. */
export function execInfo(spec: ExecSpec, cluster: ExecCluster, interactive: boolean): string {
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: spec.apiVersion,
    spec: { ...(spec.provideClusterInfo ? { cluster } : {}), interactive },
  });
}
