import type { ContainerStatus } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { abortForMany } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import { goQuote } from '../../../util/go-quote.js';
import type { LogFile } from '../logs/container-log-file.js';
import { readLog } from '../logs/log-reader.js';
import type { PodManager } from '../pods/pod-manager.js';
import { logQuery } from './log-query.js';
import type { KubeletRequest } from './plain-response.js';

/** Serves `/containerLogs/{namespace}/{pod}/{container}`. */
export async function serveContainerLogs(
  request: KubeletRequest,
  [namespace = '', name = '', container = '']: readonly string[],
  pods: PodManager,
  clock: Clock,
): Promise<void> {
  const options = logQuery(request.query, clock);
  if ('status' in options) {
    request.answer(options.status, options.text);
    return;
  }
  const pod = pods.find(namespace, name);
  if (pod === undefined) {
    request.answer(404, `pod ${goQuote(name)} does not exist`);
    return;
  }
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  if (![...containers, ...initContainers, ...ephemeralContainers].some((one) => one.name === container)) {
    request.answer(404, `container ${goQuote(container)} not found in pod ${goQuote(name)}`);
    return;
  }
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const status = statuses.find((one) => one.name === container);
  const runner = pods.worker(namespace, name)?.runner(container);
  const log = chooseLog({ status, container, pod: name, previous: options.previous }, runner);
  if (typeof log === 'string') {
    request.answer(400, log);
    return;
  }
  const { response } = request;
  if (response === undefined) {
    request.answer(400, 'the log is not served by an upgrade');
    return;
  }
  const gone = abortForMany();
  response.once('close', () => gone.abort(new Error('the client has gone')));
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  try {
    for await (const chunk of readLog(log, options, gone.signal)) {
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch (error) {
    response.destroy(error instanceof Error ? error : undefined);
  }
}

interface LogChoice {
  readonly status: DeepReadonly<ContainerStatus> | undefined;
  readonly container: string;
  readonly pod: string;
  readonly previous: boolean;
}

/** Chooses the attempt whose log is meant, or returns the reason why there is none. */
function chooseLog(
  { status, container, pod, previous }: LogChoice,
  runner: { readonly log: LogFile | undefined; readonly previousLog: LogFile | undefined } | undefined,
): LogFile | string {
  const where = `container ${goQuote(container)} in pod ${goQuote(pod)}`;
  if (status === undefined) return `${where} is not available`;
  const { state, lastState } = status;
  const last = lastState?.terminated;
  const lost = `unable to retrieve container logs for ${status.containerID ?? ''}`;
  if (previous) {
    if (last === undefined) return `previous terminated ${where} not found`;
    // While the container waits to run again, its newest attempt is the one that has ended.
    return (state?.waiting === undefined ? runner?.previousLog : runner?.log) ?? lost;
  }
  if (state?.running !== undefined || state?.terminated !== undefined || last !== undefined) return runner?.log ?? lost;
  if (state?.waiting !== undefined) return `${where} is waiting to start: ${state.waiting.reason}`;
  return `${where} is waiting to start - no logs yet`;
}

function drained(response: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    response.on('close', settle);
  });
}
