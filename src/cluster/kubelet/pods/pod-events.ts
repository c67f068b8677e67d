import type { Container, Pod } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { ComponentEvents, EventObject } from '../../workloads/base/component-events.js';
import type { ContainerRole } from './restart-policy.js';

const LISTS: Readonly<Record<ContainerRole, string>> = {
  regular: 'containers',
  init: 'initContainers',
  sidecar: 'initContainers',
  ephemeral: 'ephemeralContainers',
};

/** An event in the words of the kubelet. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Reports what happens to pods and their containers. */
export class PodEvents {
  readonly #recorder: ComponentEvents;

  constructor(recorder: ComponentEvents) {
    this.#recorder = recorder;
  }

  /** Reports an event of a pod. */
  pod(pod: DeepReadonly<Pod>, event: PodEvent): void {
    this.#record(subjectOf(pod), event);
  }

  /** Reports an event of a container. */
  container(
    pod: DeepReadonly<Pod>,
    { name }: DeepReadonly<Pick<Container, 'name'>>,
    role: ContainerRole,
    event: PodEvent,
  ): void {
    this.#record({ ...subjectOf(pod), fieldPath: `spec.${LISTS[role]}{${name}}` }, event);
  }

  #record(object: EventObject, { type, reason, message }: PodEvent): void {
    if (type === 'Normal') this.#recorder.normal(object, reason, message);
    else this.#recorder.warning(object, reason, message);
  }
}

function subjectOf({
  metadata: { name = '', namespace, uid = '', resourceVersion } = {},
}: DeepReadonly<Pod>): EventObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid, resourceVersion } };
}
