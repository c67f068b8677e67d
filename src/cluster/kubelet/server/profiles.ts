import { Session } from 'node:inspector/promises';
import { onAbort } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';

const DEFAULT_SECONDS = 30;
const MOST_SECONDS = 300;

/**
 * Serves `/debug/pprof/…`: `profile` is a CPU profile of this process and `heap` a snapshot of its heap, both in the form that the
 * developer tools of Chromium read; `cmdline` is the command.
 */
export async function serveProfile(
  request: KubeletRequest,
  [name = '']: readonly string[],
  clock: Clock,
): Promise<void> {
  const { response, query } = request;
  if (response === undefined) return request.answer(400, 'profiles are not served by an upgrade\n', goErrorHeaders);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  switch (name) {
    case '':
      return request.answer(404, '404: Page Not Found');
    case 'cmdline':
      return request.answer(200, process.argv.join('\0'), goErrorHeaders);
    case 'profile': {
      const seconds = Math.min(Number(query.get('seconds')) || DEFAULT_SECONDS, MOST_SECONDS);
      const profile = await cpuProfile(seconds * 1000, clock, gone.signal);
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Disposition': 'attachment; filename="profile.cpuprofile"',
      });
      response.end(JSON.stringify(profile));
      return undefined;
    }
    case 'heap': {
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Disposition': 'attachment; filename="heap.heapsnapshot"',
      });
      const { getHeapSnapshot } = await import('node:v8');
      const stop = onAbort(gone.signal, () => snapshot.destroy());
      const snapshot = getHeapSnapshot();
      snapshot.pipe(response).once('close', stop);
      return undefined;
    }
    default:
      return request.answer(404, 'Unknown profile\n', [...goErrorHeaders, ['X-Go-Pprof', '1']]);
  }
}

async function cpuProfile(ms: number, clock: Clock, signal: AbortSignal): Promise<unknown> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await clock.sleep(ms, { signal }).catch(() => {});
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}
