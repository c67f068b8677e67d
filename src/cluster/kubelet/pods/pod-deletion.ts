import { Pod } from '../../../../generated/core/v1.js';
import { isConflict, isNotFound } from '../../../errors/index.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { Backoff } from '../../../util/backoff.js';
import type { PodContext } from './pod-context.js';

/** Deletes a pod whose containers have ended, if it is still this one. Tries until the server has answered or `signal` aborts. */
export async function deletePod(
  { cluster, clock, random }: Pick<PodContext, 'cluster' | 'clock' | 'random'>,
  { metadata }: DeepReadonly<Pod>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name = '', uid } = metadata ?? {};
  const backoff = new Backoff({ baseMs: 500, maxMs: 10_000, clock, random });
  while (!signal.aborted) {
    try {
      await cluster.resource(Pod).in(namespace).delete(name, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
      return;
    } catch (error) {
      if (signal.aborted || isNotFound(error) || isConflict(error)) return;
      await clock.sleep(backoff.next(), { signal }).catch(() => {});
    }
  }
}
