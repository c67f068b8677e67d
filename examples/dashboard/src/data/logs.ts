import { type ClusterApi, messageOf } from './api.js';
import { type Kind, pathOf } from './kinds.js';
import { streamLines } from './stream-socket.js';

/** One container whose log is read. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** A line of a log. */
export interface LogLine {
  readonly source: LogSource;
  readonly time: string;
  readonly text: string;
}

/** Follows the logs of containers until the signal aborts. Lines come in batches, each in the order of time. */
export async function followLogs(
  api: ClusterApi,
  pods: Kind,
  sources: readonly LogSource[],
  options: { readonly tail: number; readonly previous: boolean },
  tell: (lines: readonly LogLine[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let batch: LogLine[] = [];
  let isPlanned = false;
  const flush = () => {
    isPlanned = false;
    const lines = batch.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    batch = [];
    if (!signal.aborted && lines.length > 0) tell(lines);
  };
  const push = (line: LogLine) => {
    batch.push(line);
    if (!isPlanned) setTimeout(flush, 120);
    isPlanned = true;
  };
  await Promise.all(sources.map((source) => followOne(api, pods, source, options, push, signal)));
}

async function followOne(
  api: ClusterApi,
  pods: Kind,
  source: LogSource,
  { tail, previous }: { readonly tail: number; readonly previous: boolean },
  push: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({
    container: source.container,
    timestamps: 'true',
    tailLines: String(tail),
    ...(previous ? { previous: 'true' } : { follow: 'true' }),
  });
  try {
    const path = `${pathOf(pods, source.namespace, source.pod, 'log')}?${query}`;
    for await (const line of streamLines({ context: api.context, path, accept: '*/*' }, signal)) {
      const space = line.indexOf(' ');
      push({ source, time: line.slice(0, space), text: line.slice(space + 1) });
    }
  } catch (error) {
    if (!signal.aborted) push({ source, time: new Date().toISOString(), text: `[${messageOf(error)}]` });
  }
}
