import { isApiError, isNetworkError, isTimeoutError } from '../errors/index.js';
import { bodyStream } from '../streams/body-stream.js';
import { type LogLine, logLines } from '../streams/log-lines.js';
import { Backoff } from '../util/backoff.js';
import type { ApiCaller } from './api-caller.js';
import type { LogOptions } from './log-stream.js';
import { containerStatus, type PodLike } from './pod-like.js';
import { type PodTarget, podsOf, streamTarget } from './pod-target.js';
import type { Query } from './query.js';

const MOST_IN_LINE = 1024 * 1024;

/** Opens the log of one container as bytes. */
export async function openLogBytes(
  caller: ApiCaller,
  target: PodTarget,
  options: LogOptions,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const where = target.container === undefined ? '' : ` of container ${target.container}`;
  const { path, request } = streamTarget(target, 'log', `read the log${where} of`);
  const response = await caller.open({
    context: request,
    method: 'GET',
    path,
    query: logQuery(target, options),
    accept: '*/*',
    options: { signal },
  });
  return bodyStream(response.body, (error) => caller.explain(error, request));
}

/** Reads the log of one container as lines; with `restarts`, over restarts of the container and broken connections. */
export async function* readLog(
  caller: ApiCaller,
  target: PodTarget,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { follow = false, restarts = false, timestamps = false, maxLineBytes = MOST_IN_LINE } = options;
  if (!follow || !restarts) {
    yield* logLines(await openLogBytes(caller, target, options, signal), { timestamps, maxLineBytes });
    return;
  }
  const { clock, random } = caller.shared;
  const backoff = new Backoff({ clock, random });
  const pods = podsOf(caller, target.namespace);
  const container = target.container ?? '';
  let instance = containerStatus(await pods.get(target.pod, { signal }), container)?.containerID;
  let from: LogOptions = options;
  let last = '';
  for (;;) {
    try {
      const bytes = await openLogBytes(caller, target, { ...from, timestamps: true }, signal);
      for await (const { time, ...line } of logLines(bytes, { timestamps: true, maxLineBytes })) {
        backoff.reset();
        const at = time === undefined ? '' : comparable(time);
        // The server goes back to the beginning of the second.
        if (at !== '' && at <= last && from !== options) continue;
        if (line.partial === undefined) last = at;
        yield timestamps && time !== undefined ? { ...line, time } : line;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!passes(error)) throw error;
    }
    await clock.sleep(backoff.next(), { signal });
    const pod = await pods.waitFor(target.pod, (one) => one === undefined || goesOn(one, container), { signal });
    const now = pod === undefined ? undefined : containerStatus(pod, container);
    // The pod has gone, or its container has ended for good.
    if (pod === undefined || (hasEnded(pod) && now?.containerID === instance)) return;
    if (now?.containerID !== instance) last = '';
    instance = now?.containerID;
    const since = last === '' ? {} : { sinceTime: last };
    from = { ...options, tail: undefined, sinceSeconds: undefined, sinceTime: undefined, ...since };
  }
}

/** True when the container runs, or never will again. */
function goesOn(pod: PodLike, container: string): boolean {
  return hasEnded(pod) || containerStatus(pod, container)?.state?.running !== undefined;
}

function hasEnded(pod: PodLike): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** A container that is just being made has no log yet; nodes and connections come back. */
function passes(error: unknown): boolean {
  if (isNetworkError(error) || isTimeoutError(error)) return true;
  return isApiError(error) && (error.httpStatus === 400 || error.isTooManyRequests || error.httpStatus >= 500);
}

/** Pads the fraction to nine digits, so that texts compare as times do. */
function comparable(time: string): string {
  const [, whole = time, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${whole}.${fraction.padEnd(9, '0')}Z`;
}

function logQuery(target: PodTarget, options: LogOptions): Query {
  const { sinceTime } = options;
  return {
    container: target.container,
    follow: options.follow,
    previous: options.previous,
    tailLines: options.tail,
    sinceSeconds: options.sinceSeconds,
    sinceTime: sinceTime instanceof Date ? sinceTime.toISOString() : sinceTime,
    timestamps: options.timestamps,
    limitBytes: options.limitBytes,
    stream: options.stream,
    insecureSkipTLSVerifyBackend: options.insecureSkipTLSVerifyBackend,
  };
}
