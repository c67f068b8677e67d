import { KubeError } from '../errors/index.js';
import type { Manifest } from './manifests.js';

/** The result of one manifest, as far as a failure of the run needs it. */
export interface ManifestResult {
  readonly manifest: Manifest;
  readonly ok: boolean;
  readonly error?: unknown;
}

/** Some manifests of a run failed: `errors` says why, `results` what became of each. */
export abstract class ManifestsError<R extends ManifestResult> extends KubeError {
  /** The errors of the single manifests, in the order in which they were tried. */
  readonly errors: readonly unknown[];
  readonly #results: readonly R[];

  /** `summary` makes the first line of the message out of the number of failures and of all results. */
  constructor(results: readonly R[], summary: (failed: number, all: number) => string) {
    const failed = results.filter(({ ok }) => !ok);
    const lines = failed.map(({ manifest, error }) => {
      const { namespace, name } = manifest.metadata;
      return `- ${manifest.kind} ${namespace ? `${namespace}/${name}` : name}: ${error instanceof Error ? error.message : 'failed'}`;
    });
    super(`${summary(failed.length, results.length)}:\n${lines.join('\n')}`, { cause: failed[0]?.error });
    this.errors = failed.map(({ error }) => error);
    this.#results = results;
  }

  /** The result of each manifest, in the order in which they were tried. `inspect` does not show it: manifests may hold secrets. */
  get results(): readonly R[] {
    return this.#results;
  }
}
