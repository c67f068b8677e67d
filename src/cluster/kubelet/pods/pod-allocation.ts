import type { Container, Pod } from '../../../../generated/core/v1.js';
import { type DeepReadonly, deepEqual } from '../../../meta/index.js';
import { amountsOf } from '../../resources/amounts.js';
import { podRequests } from '../../resources/pod-requests.js';
import { type AdmittingNode, admitPod } from './pod-admission.js';

type Resources = DeepReadonly<NonNullable<Container['resources']>>;

/** A resize that the node cannot grant: never, or not now. */
export interface PendingResize {
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
}

/** The resources that a node has granted the containers of a pod. They follow the spec when a resize is granted. */
export class PodAllocation {
  readonly #granted = new Map<string, Resources>();
  /** The resize that waits. */
  pending: PendingResize | undefined;

  /** Goes on from the status that an earlier kubelet wrote, or grants what the spec asks for. */
  constructor(pod: DeepReadonly<Pod>) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    for (const container of containersIn(pod)) {
      const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container.name);
      const { allocatedResources: requests, resources } = status ?? {};
      this.#granted.set(
        container.name,
        requests === undefined ? (container.resources ?? {}) : { ...resources, requests },
      );
    }
  }

  /** Returns a container with the resources that it has been granted. */
  of(container: DeepReadonly<Container>): DeepReadonly<Container> {
    const resources = this.#granted.get(container.name);
    return resources === undefined ? container : { ...container, resources };
  }

  /** Returns a pod with the resources that it has been granted. */
  pod(pod: DeepReadonly<Pod>): DeepReadonly<Pod> {
    if (pod.spec === undefined || !this.isResized(pod)) return pod;
    const { containers, initContainers } = pod.spec;
    const granted = (list: readonly DeepReadonly<Container>[]) => list.map((container) => this.of(container));
    return {
      ...pod,
      spec: {
        ...pod.spec,
        containers: granted(containers),
        ...(initContainers === undefined ? {} : { initContainers: granted(initContainers) }),
      },
    };
  }

  /** Reports whether the spec asks for other resources than those that were granted. */
  isResized(pod: DeepReadonly<Pod>): boolean {
    return containersIn(pod).some(({ name, resources = {} }) => !deepEqual(this.#granted.get(name) ?? {}, resources));
  }

  /** Grants what the spec asks for. */
  grant(pod: DeepReadonly<Pod>): void {
    for (const { name, resources = {} } of containersIn(pod)) this.#granted.set(name, resources);
    this.pending = undefined;
  }
}

/** Returns why a node cannot grant a pod the resources of its spec, or undefined if it can. `others` have what they were granted. */
export function resizeProblem(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: AdmittingNode,
): PendingResize | undefined {
  const capacity = amountsOf(node.status?.allocatable);
  const requests = podRequests(pod);
  for (const resource of ['cpu', 'memory']) {
    const [wanted, has] = [requests[resource] ?? 0, capacity[resource]];
    if (has === undefined || wanted <= has) continue;
    const message = `Node didn't have enough capacity: ${resource}, requested: ${wanted}, capacity: ${has}`;
    return { reason: 'Infeasible', message };
  }
  const rejection = admitPod(pod, others, node);
  return rejection?.reason.startsWith('OutOf') === true
    ? { reason: 'Deferred', message: rejection.message }
    : undefined;
}

/** Lists the resources, such as `cpu`, that differ. */
export function changedResources(before: Resources = {}, after: Resources = {}): string[] {
  const names = new Set([before, after].flatMap((one) => Object.keys({ ...one.requests, ...one.limits })));
  return [...names].filter(
    (name) => before.requests?.[name] !== after.requests?.[name] || before.limits?.[name] !== after.limits?.[name],
  );
}

function containersIn(pod: DeepReadonly<Pod>): readonly DeepReadonly<Container>[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}
