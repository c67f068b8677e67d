import type { Timer } from '../../util/clock.js';
import type { ServerContext } from '../object/server-context.js';
import { badRequest, internal, tooLargeResourceVersion } from '../object/status-error.js';
import type { StorageWatch } from '../storage/storage.js';

/** The time that a read waits for a future revision, as in the real server's watch cache. */
const waitMs = 3_000;

/** Parses the resourceVersion of a list; 0 if it is absent. Throws a 400 for a text that is not a number. */
export function parseRevision(text: string): number {
  const problem = parseProblem(text);
  if (problem !== undefined) throw badRequest(`invalid resource version: ${invalid(text, problem)}`);
  return Number(text);
}

/** The same for gets and watches, where the real server answers 500. */
export function parseWatchRevision(text: string): number {
  const problem = parseProblem(text);
  if (problem !== undefined) throw internal(invalid(text, problem));
  return Number(text);
}

/** Returns the error of Go's parser for a malformed version, or for one beyond 64 bits; undefined for a valid one. */
export function parseProblem(text: string): string | undefined {
  const number = /^\d*$/.test(text);
  if (number && Number(text) < 2 ** 64) return undefined;
  return `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${number ? 'value out of range' : 'invalid syntax'}`;
}

function invalid(text: string, problem: string): string {
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${problem}`;
}

/** Waits until the store has reached `revision`. Throws the 504 Status when it does not in time. */
export async function waitForRevision(server: ServerContext, revision: number): Promise<void> {
  const current = await server.storage.revision();
  if (current >= revision) return;
  let timer: Timer | undefined;
  let watch: StorageWatch | undefined;
  await new Promise<void>((resolve) => {
    timer = server.clock.setTimer(waitMs, resolve);
    // The store may call back before it has returned the watch.
    watch = server.storage.watch('', '\uffff', current, {
      events: (batch) => {
        if ((batch.at(-1)?.kv.modRevision ?? 0) >= revision) resolve();
      },
      ended: () => resolve(),
    });
  });
  timer?.cancel();
  watch?.close();
  const reached = await server.storage.revision();
  if (reached < revision) throw tooLargeResourceVersion(revision, reached);
}
