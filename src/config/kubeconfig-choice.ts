import type { Clock } from '../util/clock.js';
import type { Environment } from './environment.js';
import type { ExecPluginOptions } from './exec-plugin.js';

/** Which of a kubeconfig's entries to take. */
export interface KubeconfigChoice {
  /** Default: the file's `current-context`. */
  readonly context?: string | undefined;
  /** Instead of the context's cluster. */
  readonly cluster?: string | undefined;
  /** Instead of the context's user. */
  readonly user?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Where proxies are looked for, and what credential plugins get. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The options for running credential plugins. */
  readonly exec?: Pick<ExecPluginOptions, 'timeoutMs' | 'terminal'> | undefined;
}
