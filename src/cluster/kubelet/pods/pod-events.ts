import type { Container, Pod } from '../../../../generated/core/v1.js';
import type { EventRecorder, EventSubject } from '../../../controller/index.js';
import type { DeepReadonly } from '../../../meta/index.js';
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
  /** The operation, which tells events of one reason apart. Default: the reason. */
  readonly action?: string | undefined;
  readonly note: string;
}

/** Reports what happens to pods and their containers. */
export class PodEvents {
  readonly #recorder: EventRecorder;

  constructor(recorder: EventRecorder) {
    this.#recorder = recorder;
  }

  /** Reports an event of a pod. */
  pod(pod: DeepReadonly<Pod>, { type, ...facts }: PodEvent): void {
    this.#recorder.record(type, subjectOf(pod), { ...facts, distinctNotes: true });
  }

  /** Reports an event of a container. */
  container(
    pod: DeepReadonly<Pod>,
    { name }: DeepReadonly<Pick<Container, 'name'>>,
    role: ContainerRole,
    { type, ...facts }: PodEvent,
  ): void {
    const fieldPath = `spec.${LISTS[role]}{${name}}`;
    this.#recorder.record(type, subjectOf(pod), { ...facts, distinctNotes: true, fieldPath });
  }
}

function subjectOf({ metadata }: DeepReadonly<Pod>): EventSubject {
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}
