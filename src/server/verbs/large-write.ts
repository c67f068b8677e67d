import { turn } from '../../util/next-turn.js';
import { finish, finishInTurns, type Steps } from '../../util/steps.js';
import type { Operation } from '../object/server-context.js';

/** Bodies and stored objects of so many bytes keep the server busy for tens of milliseconds in each step of a write. */
const largeBytes = 128 * 1024;

/** Lets other requests have a turn between two steps of a write whose body, or whose stored object of `bytes`, is large. */
export async function turnIfLarge(request: Operation, bytes = 0): Promise<void> {
  if (isLarge(request, bytes)) await turn();
}

/** Runs the steps of a write, with turns between them where the write is large. */
export async function runSteps<T>(request: Operation, steps: Steps<T>, bytes = 0): Promise<T> {
  return isLarge(request, bytes) ? finishInTurns(steps) : finish(steps);
}

function isLarge({ bodyLength }: Operation, bytes: number): boolean {
  return Math.max(bodyLength, bytes) >= largeBytes;
}
