import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { LabelSelector, Resource } from '../meta/index.js';
import { toLabelSelector } from '../meta/index.js';
import type { StreamTarget } from '../streams/stream-context.js';
import type { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import type { CallOptions } from './options.js';
import { defaultContainer, isReadyPod, type PodLike, type PodOwnerLike, type ServicePortLike } from './pod-like.js';
import { contextOf, pathOf } from './target.js';

/** As much of the descriptor of pods as paths and errors need. */
export const PODS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['get', 'list', 'watch', 'patch'],
  subresources: { eviction: { kind: 'policy/v1/Eviction', verbs: ['create'] } },
};

/** Returns the client for the pods of one namespace. */
export function podsOf(caller: ApiCaller, namespace: string): GenericClient<PodLike> {
  return new GenericClient<PodLike>(caller, async () => PODS, namespace);
}

/** An object whose pods are streamed to: a pod, or what selects pods. */
export interface StreamSubject {
  readonly caller: ApiCaller;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

/** One pod, and one of its containers. */
export interface PodTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
}

/** Finds the pod, and the container where none is given. Throws an `InvalidRequestError` when the object has no running pod. */
export async function podTarget(
  subject: StreamSubject,
  container: string | undefined,
  options: CallOptions,
): Promise<PodTarget> {
  const { caller, namespace, name, resource } = subject;
  if (resource.kind === 'Pod' && resource.group === '') {
    const chosen = container ?? defaultContainer(await podsOf(caller, namespace).get(name, options));
    return { namespace, pod: name, container: chosen };
  }
  const { pod } = await selectPod(subject, options);
  return { namespace, pod: pod.metadata?.name ?? '', container: container ?? defaultContainer(pod) };
}

/** Returns the path and the error context of a pod's subresource. `what` says what is done, such as `exec "date" in container app of`. */
export function streamTarget({ namespace, pod }: PodTarget, part: string, what: string): StreamTarget {
  const target = { resource: PODS, namespace };
  return { path: pathOf(target, pod, part), request: contextOf(target, what, pod) };
}

/** A ready pod of a Service or a workload, and the object that selected it. */
export interface SelectedPod {
  readonly pod: PodLike;
  readonly owner: PodOwnerLike;
}

/** Selects a pod: a ready one where there is one, else one that runs. */
export async function selectPod(subject: StreamSubject, options: CallOptions): Promise<SelectedPod> {
  const { caller, resource, namespace, name } = subject;
  const request: RequestContext = contextOf({ resource, namespace }, 'find a pod of', name);
  const owner = await new GenericClient<PodOwnerLike>(caller, async () => resource, namespace).get(name, options);
  const selector = owner.spec?.selector;
  if (selector === undefined || Object.keys(selector).length === 0) {
    throw new InvalidRequestError('it selects no pods', { request });
  }
  const labels = isLabelSelector(selector) ? toLabelSelector(selector) : selector;
  const { items: pods } = await podsOf(caller, namespace)
    .list({ ...options, labels })
    .all();
  const pod = pods.find(isReadyPod) ?? pods.find((one) => one.status?.phase === 'Running');
  if (pod === undefined) {
    const found = pods.length === 0 ? 'there are none' : `${pods.length} exist, and none of them runs`;
    throw new InvalidRequestError(`no pod is ready: ${found}`, { request });
  }
  return { pod, owner };
}

function isLabelSelector(selector: object): selector is LabelSelector {
  return 'matchLabels' in selector || 'matchExpressions' in selector;
}

/** Returns the port of the pod behind a port of the object: for a Service by `targetPort`, for other kinds the port itself. */
export function podPort({ pod, owner }: SelectedPod, port: number | string, request: RequestContext): number {
  const ports = owner.spec?.ports;
  const target = ports === undefined ? port : servicePort(ports, port, request).targetPort;
  if (typeof target === 'number') return target;
  const named = pod.spec?.containers?.flatMap((container) => container.ports ?? []).find(({ name }) => name === target);
  if (named === undefined) throw new InvalidRequestError(`no container has a port named "${target}"`, { request });
  return named.containerPort;
}

function servicePort(
  ports: readonly ServicePortLike[],
  port: number | string,
  request: RequestContext,
): Required<Pick<ServicePortLike, 'targetPort'>> {
  const found = ports.find((one) => one.port === port || one.name === port);
  if (found === undefined) throw new InvalidRequestError(`the service has no port ${port}`, { request });
  return { targetPort: found.targetPort ?? found.port };
}
