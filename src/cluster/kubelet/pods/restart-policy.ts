import type { Container, PodSpec } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';

/** The part that a container plays in its pod. */
export type ContainerRole = 'init' | 'sidecar' | 'regular' | 'ephemeral';

/** Tells whether an init container is a sidecar, which runs as long as the pod. */
export function isSidecar(container: DeepReadonly<Pick<Container, 'restartPolicy'>>): boolean {
  return container.restartPolicy === 'Always';
}

/** Tells whether a container that ended with `exitCode` is to run again. */
export function shouldRestart(
  container: DeepReadonly<Pick<Container, 'restartPolicy' | 'restartPolicyRules'>>,
  role: ContainerRole,
  podPolicy: PodSpec['restartPolicy'],
  exitCode: number,
): boolean {
  if (role === 'ephemeral') return false;
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (exitCodes === undefined) continue;
    const listed = exitCodes.values?.includes(exitCode) === true;
    if ((exitCodes.operator === 'In') === listed) return action === 'Restart';
  }
  const policy = container.restartPolicy ?? podPolicy ?? 'Always';
  if (role === 'init') return exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;

/** The times between the restarts of one container: none before the first, then 10 seconds, doubled up to 5 minutes. */
export class RestartBackoff {
  readonly #clock: Clock;
  #delayMs = 0;
  #lastAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns how long to wait before the restart of a container that has just ended. */
  next(): number {
    const now = this.#clock.now();
    if (this.#delayMs > 0 && now - this.#lastAt > 2 * MAX_MS) this.#delayMs = 0;
    const wait = this.#delayMs;
    this.#delayMs = Math.min(wait === 0 ? INITIAL_MS : wait * 2, MAX_MS);
    this.#lastAt = now;
    return wait;
  }
}
