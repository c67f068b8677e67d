import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ConfigError } from '../errors/index.js';
import { excerpt } from '../errors/scrub.js';
import { type Clock, systemClock } from '../util/clock.js';
import { publishCredentials } from './credential-events.js';
import type { CredentialSource } from './credentials.js';
import type { Environment } from './environment.js';
import { type ExecCredential, parseExecCredential } from './exec-credential.js';
import { type ExecCluster, type ExecSpec, execInfo } from './exec-spec.js';
import { HeldCredential } from './held-credential.js';
import { type PluginRun, runPlugin } from './run-plugin.js';
import type { ClientCertificate } from './tls-settings.js';

/** The options for running credential plugins. */
export interface ExecPluginOptions {
  /**
   * The time that the plugin may take. Default 60 000 ms, enough for a login over a slow network. Default 300 000 ms if it may ask a
   * person at the terminal, who needs a browser and a second factor.
   */
  readonly timeoutMs?: number | undefined;
  /** The environment that the plugin's own variables are added to. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** True if a person is at a terminal. Default: true if standard input is one. */
  readonly terminal?: boolean | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Credentials from a plugin (KEP-541, `client.authentication.k8s.io/v1` and `v1beta1`): run when first needed, again when what it gave
 * expires, and after a 401; never twice at once. Throws `ConfigError` with what the plugin wrote on standard error, cut and scrubbed.
 */
export class ExecPlugin implements CredentialSource {
  readonly #spec: ExecSpec;
  readonly #cluster: ExecCluster;
  readonly #options: ExecPluginOptions;
  readonly #held: HeldCredential<ExecCredential>;

  constructor(spec: ExecSpec, cluster: ExecCluster, options: ExecPluginOptions = {}) {
    this.#spec = spec;
    this.#cluster = cluster;
    this.#options = options;
    this.#held = new HeldCredential(() => this.#run(), options.clock ?? systemClock);
  }

  async headers(signal?: AbortSignal): Promise<{ readonly [name: string]: string }> {
    const { token } = await this.#held.get(signal);
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async refresh(signal?: AbortSignal): Promise<boolean> {
    const before = this.#held.last;
    const now = await this.#held.renew(signal);
    return now.token !== before?.token || now.certificate?.cert !== before?.certificate?.cert;
  }

  async clientCertificate(signal?: AbortSignal): Promise<ClientCertificate | undefined> {
    return (await this.#held.get(signal)).certificate;
  }

  async #run(): Promise<ExecCredential> {
    const { command } = this.#spec;
    const interactive = this.#interactive();
    const timeoutMs = this.#options.timeoutMs ?? (interactive ? 300_000 : 60_000);
    const run = await runPlugin({
      command,
      args: this.#spec.args,
      env: this.#environment(interactive),
      interactive,
      timeoutMs,
      clock: this.#options.clock ?? systemClock,
    });
    if (run.end.kind !== 'exit' || run.end.code !== 0) throw this.#failed(run, timeoutMs);
    try {
      const credential = parseExecCredential(run.stdout, this.#spec.apiVersion, command);
      this.#publish('no_error', 0, credential);
      return credential;
    } catch (error) {
      this.#publish('client_internal_error', 0);
      throw error;
    }
  }

  #interactive(): boolean {
    const { interactiveMode, command } = this.#spec;
    const terminal = this.#options.terminal ?? process.stdin.isTTY === true;
    if (interactiveMode === 'Always' && !terminal) {
      throw new ConfigError(
        `the credential plugin ${command} needs a person at a terminal (interactiveMode: Always), and standard input is none`,
      );
    }
    return interactiveMode !== 'Never' && terminal;
  }

  #environment(interactive: boolean): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { ...(this.#options.env ?? process.env) };
    for (const { name, value } of this.#spec.env) env[name] = value;
    env.KUBERNETES_EXEC_INFO = execInfo(this.#spec, this.#cluster, interactive);
    return env;
  }

  #failed({ end, stderr }: PluginRun, timeoutMs: number): ConfigError {
    const { command, installHint } = this.#spec;
    const said = excerpt(stderr, 1000);
    const saying = said === '' ? '' : `; it said: ${said}`;
    const hint = installHint === undefined ? '' : `\n${installHint}`;
    const fail = (why: string, cause?: unknown) =>
      new ConfigError(`the credential plugin ${command} ${why}`, cause === undefined ? {} : { cause });
    const exitCode = end.kind === 'exit' ? end.code : undefined;
    this.#publish(
      end.kind === 'not-found' || end.kind === 'not-started' ? 'plugin_not_found_error' : 'plugin_execution_error',
      exitCode ?? 1,
    );
    switch (end.kind) {
      case 'not-found':
        return fail(
          `is not installed, or not in PATH${installHint === undefined ? ': see the documentation of this cluster' : hint}`,
        );
      case 'not-started':
        return fail(`could not be started${hint}`, end.cause);
      case 'timeout':
        return fail(`did not finish within ${timeoutMs} ms and was stopped${saying}`);
      case 'too-much':
        return fail('wrote more than a credential can be and was stopped');
      case 'signal':
        return fail(`was ended by ${end.signal}${saying}`);
      default:
        return fail(`failed with exit code ${exitCode}${saying}${hint}`);
    }
  }

  #publish(
    callStatus: 'no_error' | 'plugin_execution_error' | 'plugin_not_found_error' | 'client_internal_error',
    exitCode: number,
    { expiresAtMs, certificateExpiresAtMs }: ExecCredential = {},
  ): void {
    publishCredentials({
      source: 'exec',
      name: this.#spec.command,
      outcome: callStatus === 'no_error' ? 'success' : 'failure',
      callStatus,
      exitCode,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      ...(certificateExpiresAtMs === undefined ? {} : { certificateExpiresAtMs }),
    });
  }
}

/** So many plugins are kept; beyond that the one unused for longest is forgotten, as in client-go's cache of 64 transports or so. */
const KEPT = 64;
const plugins = new LRUCache<string, ExecPlugin>({ max: KEPT });

/**
 * The plugin for this spec and cluster, the same one for all who ask for the same: two handles to one cluster do not make a person log
 * in twice. The key is the whole spec and the whole cluster. With a clock, an environment or a terminal of their own, they are not shared.
 */
export function sharedExecPlugin(spec: ExecSpec, cluster: ExecCluster, options: ExecPluginOptions = {}): ExecPlugin {
  if (options.clock !== undefined || options.env !== undefined || options.terminal !== undefined) {
    return new ExecPlugin(spec, cluster, options);
  }
  const key = createHash('sha256')
    .update(JSON.stringify([spec, cluster, options.timeoutMs]))
    .digest('base64');
  const plugin = plugins.get(key) ?? new ExecPlugin(spec, cluster, options);
  plugins.set(key, plugin);
  return plugin;
}
