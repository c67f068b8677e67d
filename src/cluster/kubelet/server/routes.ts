import type { ServerResponse } from 'node:http';
import type { Node, Pod } from '../../../../generated/core/v1.js';
import { type DeepReadonly, parseQuantity } from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';
import { KUBELET_VERSION } from '../node/node-facts.js';
import type { PodManager } from '../pods/pod-manager.js';
import { serveContainerLogs } from './container-logs.js';
import { serveAttachRequest, serveExecRequest, servePortForwardRequest, serveRunRequest } from './container-streams.js';
import { cadvisorMetrics, kubeletMetrics, probeMetrics, resourceMetrics } from './kubelet-metrics.js';
import type { Route } from './kubelet-server.js';
import { formatMetrics, type MetricFamily, metricsType } from './metrics-text.js';
import { serveNodeLogs } from './node-logs.js';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';
import { serveProfile } from './profiles.js';
import { statsSummary } from './stats-summary.js';
import { UsageMeter } from './usage-report.js';
import type { Verbosity } from './verbosity.js';

/** The parts of a kubelet that its server shows. */
export interface RouteParts {
  readonly pods: PodManager;
  readonly clock: Clock;
  readonly node: () => DeepReadonly<Node>;
  readonly nodeName: string;
  /** The folder whose files `/logs/` serves. */
  readonly nodeLogs: string;
  /** The settings that `/configz` shows. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly verbosity: Verbosity;
  /** False: only health, statistics and metrics are served. */
  readonly debuggingHandlers: boolean;
}

/** The parts of the health check. */
const CHECKS = ['ping', 'log', 'syncloop'];

const DISABLED = [
  '/run',
  '/exec',
  '/attach',
  '/portForward',
  '/containerLogs',
  '/runningpods',
  '/debug/pprof',
  '/logs',
  '/checkpoint',
];

/** Returns the routes of a kubelet. */
export function kubeletRoutes(parts: RouteParts): Map<string, Route> {
  const { pods, clock, node, nodeName } = parts;
  const meter = new UsageMeter(pods, clock);
  const streams = { pods, clock };
  const both = ['GET', 'POST'];
  const routes = new Map<string, Route>([
    ['/healthz', { exact: true, serve: healthy }],
    ...CHECKS.map((name): [string, Route] => [`/healthz/${name}`, { exact: true, serve: passed }]),
    ['/pods', get([0], (request) => sendJson(request, podList(pods.pods)))],
    ['/stats', get([0], (request) => request.answer(404, '404: Page Not Found'))],
    ['/stats/summary', get([0], async (request) => sendJson(request, await statsSummary(nodeName, meter)))],
    ['/metrics', exactly((request) => sendMetrics(request, kubeletMetrics(nodeName, pods, meter)))],
    ['/metrics/resource', exactly(async (request) => sendMetrics(request, await resourceMetrics(meter)))],
    ['/metrics/cadvisor', exactly(async (request) => sendMetrics(request, await cadvisorMetrics(meter)))],
    ['/metrics/probes', exactly((request) => sendMetrics(request, probeMetrics(pods, meter)))],
    ['/spec', get([0], (request) => sendJson(request, machineOf(node())))],
  ]);
  if (!parts.debuggingHandlers) {
    for (const path of DISABLED) routes.set(path, { serve: disabled });
    return routes;
  }
  routes.set(
    '/containerLogs',
    get([3], (request, path) => serveContainerLogs(request, path, pods, clock)),
  );
  routes.set('/exec', {
    methods: both,
    segments: [3, 4],
    serve: (request, path) => serveExecRequest(request, path, streams),
  });
  routes.set('/attach', {
    methods: both,
    segments: [3, 4],
    serve: (request, path) => serveAttachRequest(request, path, streams),
  });
  routes.set('/run', {
    methods: ['POST'],
    segments: [3, 4],
    serve: (request, path) => serveRunRequest(request, path, streams),
  });
  routes.set('/portForward', {
    methods: both,
    segments: [2, 3],
    serve: (request, path) => servePortForwardRequest(request, path, streams),
  });
  routes.set('/runningpods', {
    ...get([0], (request) => sendJson(request, podList(runningPods(pods)))),
    folder: true,
  });
  routes.set(
    '/configz',
    exactly((request) => sendJson(request, { kubeletconfig: parts.config })),
  );
  routes.set('/debug/flags/v', { segments: [0], serve: (request) => parts.verbosity.serve(request) });
  routes.set('/logs', {
    methods: ['GET', 'HEAD'],
    folder: true,
    serve: (request, path) => serveNodeLogs(request, path, parts.nodeLogs),
  });
  routes.set('/debug/pprof', {
    ...get([0, 1], (request, path) => serveProfile(request, path, clock)),
    folder: true,
  });
  routes.set('/checkpoint', {
    methods: ['POST'],
    segments: [3],
    serve: (request, path) => refuseCheckpoint(request, path, pods),
  });
  routes.set(
    '/statusz',
    exactly((request) => request.answer(200, statusText(meter, clock))),
  );
  routes.set(
    '/flagz',
    exactly((request) => request.answer(200, zPage('flagz'))),
  );
  return routes;
}

/** Returns the first lines of a page for people. */
function zPage(name: string): string {
  const warning = 'This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees';
  return `\nkubelet ${name}\nWarning: ${warning} and is for debugging purposes only.\n`;
}

function statusText(meter: UsageMeter, clock: Clock): string {
  const minutes = Math.floor((clock.now() - meter.startedAt) / 60_000);
  const started = new Date(meter.startedAt).toUTCString();
  return `${zPage('statusz')}\nStarted:  ${started}\nUp:  ${minutes} min\nBinary version:  ${KUBELET_VERSION}\n`;
}

/** Sends metrics in the text format. */
function sendMetrics({ response, answer }: KubeletRequest, families: readonly MetricFamily[]): void {
  if (response === undefined) answer(400, 'metrics are not served by an upgrade');
  else sendText(response, formatMetrics(families), metricsType);
}

/** Sends a JSON document. */
function sendJson({ response, answer }: KubeletRequest, document: unknown): void {
  if (response === undefined) answer(400, 'the document is not served by an upgrade');
  else sendText(response, JSON.stringify(document), 'application/json');
}

/** Sends text of a content type. */
function sendText(response: ServerResponse, text: string, type: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function get(segments: readonly number[], serve: Route['serve']): Route {
  return { methods: ['GET'], segments, serve };
}

/** Serves a path that has nothing after it. */
function exactly(serve: Route['serve']): Route {
  return { methods: ['GET'], exact: true, serve };
}

function healthy(request: KubeletRequest): void {
  const checks = CHECKS.map((name) => `[+]${name} ok\n`).join('');
  request.answer(200, request.query.has('verbose') ? `${checks}healthz check passed\n` : 'ok', goErrorHeaders);
}

function passed(request: KubeletRequest): void {
  request.answer(200, 'ok');
}

/** Refuses to make a checkpoint: the runtimes here cannot. */
function refuseCheckpoint(
  { answer }: KubeletRequest,
  [namespace = '', name = '', container = '']: readonly string[],
  pods: PodManager,
): void {
  const spec = pods.find(namespace, name)?.spec;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec ?? {};
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  if (spec === undefined) answer(404, 'pod does not exist');
  else if (all.every((one) => one.name !== container)) answer(404, `container ${container} does not exist`);
  else {
    const why = 'the container runtime does not make checkpoints';
    answer(500, `checkpointing of ${namespace}/${name}/${container} failed (${why})`);
  }
}

function disabled({ answer }: KubeletRequest): void {
  answer(405, 'Debug endpoints are disabled.\n', goErrorHeaders);
}

function podList(items: readonly DeepReadonly<Pod>[]) {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}

/** Lists the pods with a container that runs: names and images only, as the runtime knows them. */
function runningPods(pods: PodManager): Pod[] {
  return [...pods.workers].flatMap(({ pod, runners }) => {
    const containers = runners
      .filter(({ instance }) => instance !== undefined)
      .map(({ spec: { name, image } }) => ({ name, image, resources: {} }));
    const { name, namespace, uid } = pod.metadata ?? {};
    return containers.length === 0 ? [] : [{ metadata: { name, namespace, uid }, spec: { containers }, status: {} }];
  });
}

/** Returns the facts about the machine, as kubelets gave them at `/spec` until Kubernetes 1.21. */
function machineOf({ status }: DeepReadonly<Node>) {
  const info = status?.nodeInfo;
  const cores = Number(status?.capacity?.cpu ?? 0);
  const memory = parseQuantity(status?.capacity?.memory ?? '0').toNumber();
  return {
    num_cores: cores,
    memory_capacity: memory,
    machine_id: info?.machineID,
    system_uuid: info?.systemUUID,
    boot_id: info?.bootID,
    capacity: status?.capacity,
  };
}
