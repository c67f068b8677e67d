import { badRequest, failure, internal, tooLargeResourceVersion } from '../status-error.js';
import type { ServerContext } from './context.js';

/** How long a read waits for a revision that has not come yet, as the real server's watch cache does. */
const waitMs = 3_000;

/** A resourceVersion of a list or get as a revision; 0 for none. Throws 400 for what is no number. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ${parseProblem(text)}`,
    );
  }
  return Number(text);
}

/** The same for gets and watches, where the real server answers 500. */
export function parseWatchRevision(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    throw internal(`resourceVersion: Invalid value: ${JSON.stringify(text)}: ${parseProblem(text)}`);
  }
  return Number(text);
}

/** What Go's parser says of a malformed version. */
export function parseProblem(text: string): string {
  return `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
}

/** Waits until the store has reached `revision`. Throws the 504 Status when it does not in time. */
export async function waitForRevision(server: ServerContext, revision: number): Promise<void> {
  if ((await server.storage.revision()) >= revision) return;
  const current = await server.storage.revision();
  const reached = await new Promise<boolean>((resolve) => {
    const watch = server.storage.watch('', '\uffff', current, {
      events: (batch) => {
        if ((batch.at(-1)?.kv.modRevision ?? 0) >= revision) done(true);
      },
      ended: () => done(false),
    });
    const timer = server.clock.setTimer(waitMs, () => done(false));
    const done = (result: boolean): void => {
      timer.cancel();
      watch.close();
      resolve(result);
    };
  });
  if (!reached) throw tooLargeResourceVersion(revision, await server.storage.revision());
}

/** 410: a read at a revision whose history is gone. */
export function tooOld(): Error {
  return failure(410, 'Expired', 'The provided resource version is too old to be served');
}
