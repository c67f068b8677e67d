import { parseTime } from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';
import { goQuote } from '../../../util/go-quote.js';
import type { LogReadOptions } from '../logs/log-reader.js';

/** The log that a request asks for. */
export interface LogQuery extends LogReadOptions {
  /** True: the attempt before the newest one. */
  readonly previous: boolean;
}

/** Reads PodLogOptions from a query. Returns the status and the text of the kubelet's refusal when they are wrong. */
export function logQuery(query: URLSearchParams, clock: Clock): LogQuery | { status: number; text: string } {
  const undecodable = { status: 400, text: '{"message": "Unable to decode query."}' };
  const invalid = { status: 422, text: '{"message": "Invalid request."}' };
  const tail = query.get('tail');
  const numbers = new Map<string, number | undefined>();
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const text = name === 'tailLines' && tail ? (tail === 'all' ? null : tail) : query.get(name);
    if (text !== null && !/^[+-]?\d{1,18}$/.test(text)) return undecodable;
    numbers.set(name, text === null ? undefined : Number(text));
  }
  const [tailLines, limitBytes, sinceSeconds] = [...numbers.values()];
  if ((tailLines ?? 0) < 0 || (limitBytes ?? 1) < 1 || (sinceSeconds ?? 1) < 1) return invalid;
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && sinceSeconds !== undefined) return invalid;
  const stream = query.get('stream');
  if (stream !== null && !['All', 'Stdout', 'Stderr'].includes(stream)) return invalid;
  if (stream !== null && stream !== 'All') {
    const why = 'Please enable PodLogsQuerySplitStreams feature gate in kubelet';
    return { status: 400, text: `unable to return the given log stream: ${goQuote(stream)}. ${why}` };
  }
  const since = sinceOf(sinceTime, sinceSeconds, clock);
  if (since === 'malformed') return undecodable;
  return {
    follow: truth(query.get('follow')),
    previous: truth(query.get('previous')),
    timestamps: truth(query.get('timestamps')),
    since,
    tailLines,
    limitBytes,
  };
}

function sinceOf(time: string | null, seconds: number | undefined, clock: Clock): bigint | 'malformed' | undefined {
  if (seconds !== undefined) return BigInt(Math.floor(clock.now() - seconds * 1000)) * 1_000_000n;
  if (time === null) return undefined;
  try {
    return BigInt(Math.floor(parseTime(time))) * 1_000_000n;
  } catch {
    return 'malformed';
  }
}

/** Reads a truth value of a query: only `false` and `0` are false. */
function truth(text: string | null): boolean {
  return text !== null && text !== 'false' && text !== '0';
}
