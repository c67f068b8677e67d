import { turn } from '../../util/next-turn.js';
import type { ResourceRequest } from '../object/server-context.js';

/** Bodies of so many bytes keep the server busy for tens of milliseconds in each step of a write. */
const largeBytes = 128 * 1024;

/** Lets other requests have a turn between two steps of a write whose body is large. */
export async function turnIfLarge({ http }: ResourceRequest): Promise<void> {
  if ((http.body?.length ?? 0) >= largeBytes) await turn();
}
