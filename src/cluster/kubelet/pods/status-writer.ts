import { Pod, type PodStatus } from '../../../../generated/core/v1.js';
import { strategicMergePatch } from '../../../client/index.js';
import { isApiError, isConflict, isNotFound } from '../../../errors/index.js';
import { type DeepReadonly, deepEqual } from '../../../meta/index.js';
import { Backoff } from '../../../util/backoff.js';
import type { PodContext } from './pod-context.js';

/** Writes the status of one pod: the newest one, one write at a time, until the server has taken it. */
export class StatusWriter {
  readonly #context: PodContext;
  readonly #identity: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly #backoff: Backoff;
  #written: DeepReadonly<PodStatus>;
  #wanted: PodStatus | undefined;
  #running: Promise<void> | undefined;

  /** `found` is the status that the pod has at the server. */
  constructor(
    context: PodContext,
    identity: { readonly namespace: string; readonly name: string; readonly uid: string },
    found: DeepReadonly<PodStatus>,
  ) {
    this.#context = context;
    this.#identity = identity;
    this.#written = found;
    const { clock, random } = context;
    this.#backoff = new Backoff({ baseMs: 500, maxMs: 10_000, clock, random });
  }

  /** The newest status: the one that waits, or the one that was written last. */
  get latest(): DeepReadonly<PodStatus> {
    return this.#wanted ?? this.#written;
  }

  /** Sets the status. The write follows in the background. */
  set(status: PodStatus, signal: AbortSignal): void {
    if (deepEqual(status, this.latest)) return;
    this.#wanted = status;
    this.#running ??= this.#run(signal).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when everything is written, or can never be. */
  async flushed(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    // Changes of one moment are written together.
    await Promise.resolve();
    while (this.#wanted !== undefined && !signal.aborted) {
      const status = this.#wanted;
      try {
        await this.#write(status);
        this.#written = status;
        if (this.#wanted === status) this.#wanted = undefined;
        this.#backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        const lost = isNotFound(error) || isConflict(error) || (isApiError(error) && error.status.code === 422);
        if (lost) {
          this.#wanted = undefined;
          return;
        }
        const { clock } = this.#context;
        await clock.sleep(this.#backoff.next(), { signal }).catch(() => {});
      }
    }
  }

  async #write(status: PodStatus): Promise<void> {
    const { namespace, name, uid } = this.#identity;
    const { conditions = [], ...rest } = status;
    const gone = (this.#written.conditions ?? []).filter(({ type }) => !conditions.some((one) => one.type === type));
    const patch = strategicMergePatch({
      metadata: { uid },
      // Fields and conditions that are absent now are removed.
      status: {
        reason: null,
        message: null,
        ...rest,
        conditions: [...conditions, ...gone.map(({ type }) => ({ $patch: 'delete', type }))],
      },
    });
    await this.#context.cluster.resource(Pod).in(namespace).subresource('status').patch(name, patch);
  }
}
