import type { Clock } from '../../../util/clock.js';
import { goQuote } from '../../../util/go-quote.js';
import type { PodManager } from '../pods/pod-manager.js';
import { runCommand } from '../pods/run-command.js';
import { textOf } from '../probes/probe-result.js';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';
import { forwardedPorts, isTunnelRequest, servePortForward } from './serve-port-forward.js';
import {
  type RemoteOptions,
  type RemoteStreams,
  remoteOptions,
  serveAttach,
  serveExec,
} from './serve-remote-command.js';
import { spdyStreams } from './spdy-streams.js';
import { isWebSocketRequest } from './web-socket-accept.js';
import { webSocketStreams } from './web-socket-streams.js';

const NO_STREAMS = 'you must specify at least 1 of stdin, stdout, stderr';
const MOST_FROM_RUN = 10 * 1024 * 1024;

/** The parts of a kubelet that serve streams. */
export interface StreamParts {
  readonly pods: PodManager;
  readonly clock: Clock;
}

/** Serves `/exec/{namespace}/{pod}/[{uid}/]{container}`. */
export async function serveExecRequest(
  request: KubeletRequest,
  path: readonly string[],
  { pods, clock }: StreamParts,
): Promise<void> {
  const options = requestedStreams(request);
  const instance = options && instanceFor(request, path, pods, notFound);
  if (options === undefined || instance === undefined) return;
  const streams = await openStreams(request, options, clock);
  if (streams !== undefined) await serveExec(streams, instance, request.query.getAll('command'), options.tty, clock);
}

/** Serves `/attach/{namespace}/{pod}/[{uid}/]{container}`. */
export async function serveAttachRequest(
  request: KubeletRequest,
  path: readonly string[],
  { pods, clock }: StreamParts,
): Promise<void> {
  const options = requestedStreams(request);
  const missing = ({ namespace, name, container }: ContainerPath) =>
    `container ${container} not found in pod ${name}_${namespace}`;
  const instance = options && instanceFor(request, path, pods, missing);
  if (options === undefined || instance === undefined) return;
  const streams = await openStreams(request, options, clock);
  if (streams !== undefined) await serveAttach(streams, instance);
}

/** Serves `/run/{namespace}/{pod}/[{uid}/]{container}`: runs a command to its end and answers with its output. */
export async function serveRunRequest(
  request: KubeletRequest,
  path: readonly string[],
  { pods }: StreamParts,
): Promise<void> {
  const instance = instanceFor(request, path, pods, notFound);
  if (instance === undefined) return;
  const command = (request.query.get('cmd') ?? '').split(' ');
  const gone = new AbortController();
  request.request.socket.once('close', () => gone.abort());
  try {
    const { exitCode, output, stderr } = await runCommand(instance, command, gone.signal, MOST_FROM_RUN);
    if (exitCode === 0) request.answer(200, output, [['Content-Type', 'application/json']]);
    else request.answer(500, `command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`);
  } catch (error) {
    request.answer(500, `failed to exec in container: ${textOf(error)}`);
  }
}

/** Serves `/portForward/{namespace}/{pod}[/{uid}]`. */
export async function servePortForwardRequest(
  request: KubeletRequest,
  [namespace = '', name = '']: readonly string[],
  { pods, clock }: StreamParts,
): Promise<void> {
  let ports: readonly number[] = [];
  try {
    if (isWebSocketRequest(request) && !isTunnelRequest(request)) ports = forwardedPorts(request.query);
  } catch (error) {
    request.answer(400, textOf(error));
    return;
  }
  if (pods.find(namespace, name) === undefined) {
    request.answer(404, 'pod does not exist');
    return;
  }
  const worker = pods.worker(namespace, name);
  if (worker === undefined || !worker.runners.some(({ instance }) => instance !== undefined)) {
    request.answer(500, `pod not found (${goQuote(`${name}_${namespace}`)})`);
    return;
  }
  if (!asksForUpgrade(request)) return;
  const target = { uid: worker.uid, connect: (port: number) => worker.sandbox.connect(port) };
  await servePortForward(request, ports, target, clock);
}

function openStreams(
  request: KubeletRequest,
  options: RemoteOptions,
  clock: Clock,
): Promise<RemoteStreams | undefined> {
  if (!asksForUpgrade(request)) return Promise.resolve(undefined);
  const open = isWebSocketRequest(request) ? webSocketStreams : spdyStreams;
  return open(request, options, clock);
}

/** Answers requests that do not ask for another protocol. Returns false for these. */
function asksForUpgrade({ request, answer }: KubeletRequest): boolean {
  if (request.headers.connection?.toLowerCase().includes('upgrade') === true) return true;
  answer(500, 'Upgrade request required\n', goErrorHeaders);
  return false;
}

/** Returns the streams that a request asks for. Without any, answers 400 and returns undefined. */
function requestedStreams(request: KubeletRequest): RemoteOptions | undefined {
  const options = remoteOptions(request.query);
  if (options === undefined) request.answer(400, NO_STREAMS);
  return options;
}

interface ContainerPath {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}

const notFound = ({ container }: ContainerPath) => `container not found (${goQuote(container)})`;

/**
 * Returns the running container of a path, by the names of the pod and container: a uid in it is not compared, as upstream. Without one,
 * answers and returns undefined; `missing` gives the text.
 */
function instanceFor(
  request: KubeletRequest,
  [namespace = '', name = '', third = '', fourth]: readonly string[],
  pods: PodManager,
  missing: (path: ContainerPath) => string,
) {
  const path = { namespace, name, container: fourth ?? third };
  if (pods.find(namespace, name) === undefined) {
    request.answer(404, 'pod does not exist');
    return undefined;
  }
  const instance = pods.worker(namespace, name)?.runner(path.container)?.instance;
  if (instance === undefined) request.answer(500, missing(path));
  return instance;
}
