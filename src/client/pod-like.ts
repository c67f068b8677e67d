import type { KubeObject, LabelSelector } from '../meta/index.js';

/** The fields of a pod that streams look at. */
export interface PodLike extends KubeObject {
  spec?: {
    nodeName?: string | undefined;
    containers?: readonly ContainerLike[] | undefined;
    initContainers?: readonly ContainerLike[] | undefined;
    ephemeralContainers?: readonly ContainerLike[] | undefined;
  };
  status?: {
    phase?: string | undefined;
    conditions?: readonly { type: string; status: string }[] | undefined;
    containerStatuses?: readonly ContainerStatusLike[] | undefined;
    initContainerStatuses?: readonly ContainerStatusLike[] | undefined;
    ephemeralContainerStatuses?: readonly ContainerStatusLike[] | undefined;
  };
}

/** The fields of a container that streams look at. */
interface ContainerLike {
  name: string;
  ports?: readonly { name?: string | undefined; containerPort: number; protocol?: string | undefined }[] | undefined;
}

/** The fields of a container's status that streams look at. */
export interface ContainerStatusLike {
  name: string;
  containerID?: string | undefined;
  restartCount?: number | undefined;
  state?: { running?: unknown; terminated?: unknown; waiting?: unknown } | undefined;
}

/** The fields of a Service, or of a kind that makes pods, that lead to its pods. */
export interface PodOwnerLike extends KubeObject {
  spec?: {
    selector?: LabelSelector | { [label: string]: string } | undefined;
    ports?: readonly ServicePortLike[] | undefined;
  };
}

/** The fields of a Service's port that lead to a port of a container. */
export interface ServicePortLike {
  name?: string | undefined;
  port: number;
  targetPort?: number | string | undefined;
}

/** Returns whether the pod is ready and stays. */
export function isReadyPod(pod: PodLike): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return false;
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Returns the container that kubectl would choose: the annotated default, else the first. */
export function defaultContainer(pod: PodLike): string | undefined {
  const annotated = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const containers = pod.spec?.containers ?? [];
  return containers.find(({ name }) => name === annotated)?.name ?? containers[0]?.name;
}

/** Returns the status of a container of any sort. */
export function containerStatus(pod: PodLike, container: string): ContainerStatusLike | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    ({ name }) => name === container,
  );
}
