import type { Probe } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';
import type { ProbeResult } from './probe-result.js';

/** The question that a probe answers. */
export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness';

/** Settings of a `ProbeLoop`. */
export interface ProbeLoopOptions {
  readonly kind: ProbeKind;
  readonly probe: DeepReadonly<Probe>;
  readonly clock: Clock;
  /** The time at which the container was started. */
  readonly startedAt: number;
  /** Asks once. */
  readonly ask: (signal: AbortSignal) => Promise<ProbeResult>;
  /** Hears of each failure. */
  readonly onFailure: (output: string) => void;
  /** Hears of each verdict: so many successes or failures in a row as the probe asks for. */
  readonly onVerdict: (ok: boolean) => void;
}

/** Repeats a probe of a running container until `signal` aborts, or a startup probe has succeeded. */
export async function repeatProbe(options: ProbeLoopOptions, signal: AbortSignal): Promise<void> {
  const { kind, probe, clock, startedAt, ask, onFailure, onVerdict } = options;
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  const firstAt = startedAt + initialDelaySeconds * 1000;
  let inRow = 0;
  let last: boolean | undefined;
  try {
    await clock.sleep(Math.max(0, firstAt - clock.now()), { signal });
    while (!signal.aborted) {
      const { ok, output } = await ask(signal);
      if (signal.aborted) return;
      if (!ok) onFailure(output);
      inRow = ok === last ? inRow + 1 : 1;
      last = ok;
      if (inRow >= (ok ? successThreshold : failureThreshold)) {
        onVerdict(ok);
        if (kind === 'Startup' && ok) return;
        if (!ok && kind !== 'Readiness') return;
      }
      await clock.sleep(periodSeconds * 1000, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
