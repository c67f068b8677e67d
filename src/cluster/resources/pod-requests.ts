import type { Container, ContainerStatus, Pod } from '../../../generated/core/v1.js';
import type { DeepReadonly } from '../../meta/index.js';
import { type Amounts, addAmounts, amountsOf, raiseAmounts } from './amounts.js';

/** Options of `podRequests`. */
export interface PodRequestsOptions {
  /** Amounts that count for each container that does not request the resource. Default: nothing. */
  readonly missing?: Amounts | undefined;
}

/**
 * Returns the resources that a pod takes up on its node: the sum of its containers and sidecars, or what an init container needs
 * if that is more, plus the overhead. Requests of the whole pod (`spec.resources`) stand for the sum of the containers. While a
 * container is being resized, the greatest of the old and the new request counts.
 */
export function podRequests(pod: DeepReadonly<Pod>, options: PodRequestsOptions = {}): Amounts {
  const { spec, status } = pod;
  const { missing } = options;
  const infeasible = isResizeInfeasible(pod);
  const requests: Amounts = {};
  for (const container of spec?.containers ?? []) {
    addAmounts(requests, containerRequests(container, status?.containerStatuses, infeasible, missing));
  }
  const sidecars: Amounts = {};
  const initial: Amounts = {};
  for (const container of spec?.initContainers ?? []) {
    const isSidecar = container.restartPolicy === 'Always';
    const own = containerRequests(
      container,
      isSidecar ? status?.initContainerStatuses : undefined,
      infeasible,
      missing,
    );
    if (isSidecar) {
      addAmounts(requests, own);
      addAmounts(sidecars, own);
      raiseAmounts(initial, sidecars);
    } else {
      addAmounts(own, sidecars);
      raiseAmounts(initial, own);
    }
  }
  raiseAmounts(requests, initial);
  for (const [resource, amount] of Object.entries(amountsOf(spec?.resources?.requests))) {
    if (isPodLevel(resource)) requests[resource] = amount;
  }
  if (spec?.overhead !== undefined) addAmounts(requests, amountsOf(spec.overhead));
  return requests;
}

function containerRequests(
  container: DeepReadonly<Container>,
  statuses: readonly DeepReadonly<ContainerStatus>[] | undefined,
  infeasible: boolean,
  missing: Amounts | undefined,
): Amounts {
  let requests = amountsOf(container.resources?.requests);
  const status = statuses?.find(({ name }) => name === container.name);
  if (status?.resources !== undefined) {
    if (infeasible) requests = {};
    raiseAmounts(requests, amountsOf(status.resources.requests));
    raiseAmounts(requests, amountsOf(status.allocatedResources));
  }
  for (const resource in missing) requests[resource] ??= missing[resource] ?? 0;
  return requests;
}

/** Tells whether the kubelet has said that the node can never give what a resize asks for. */
function isResizeInfeasible({ status }: DeepReadonly<Pod>): boolean {
  return status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
}

/** Tells whether a pod may request the resource as a whole. */
function isPodLevel(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}
