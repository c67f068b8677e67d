import { Pod, type PodTemplateSpec } from '../../../../generated/core/v1.js';
import { isNotFound } from '../../../errors/index.js';
import { controllerReference, type DeepReadonly, dns1123SubdomainProblems, type Stored } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage, isNamespaceTerminating } from '../base/api-faults.js';
import type { ComponentEvents, EventObject } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';

/** An object that owns pods. */
export type PodOwner = EventObject & { readonly metadata: { readonly namespace: string } };

/** The surroundings of a creation or deletion of pods. */
export interface PodControl {
  readonly cluster: Cluster;
  readonly events: ComponentEvents;
  readonly signal: AbortSignal;
}

/** Returns the pod that a template describes for an owner. The server makes its name from the owner's name. */
export function podFromTemplate(
  owner: PodOwner,
  template: DeepReadonly<PodTemplateSpec>,
): Pod & { metadata: { generateName: string } } {
  const { metadata, spec } = draftOf<PodTemplateSpec>(template);
  const prefix = `${owner.metadata.name}-`;
  return {
    metadata: {
      generateName: dns1123SubdomainProblems(`${prefix}0`).length === 0 ? prefix : owner.metadata.name,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  };
}

/** Creates a pod for its owner, and records `SuccessfulCreate` or `FailedCreate`. */
export async function createPod(
  { cluster, events, signal }: PodControl,
  owner: PodOwner,
  pod: Pod & ({ metadata: { name: string } } | { metadata: { generateName: string } }),
): Promise<Stored<Pod, 'Namespaced'>> {
  try {
    const created = await cluster.resource(Pod).in(owner.metadata.namespace).create(pod, { signal });
    events.normal(owner, 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      events.warning(owner, 'FailedCreate', `Error creating: ${faultMessage(error)}`);
    }
    throw error;
  }
}

/** Deletes a pod of an owner, and records `SuccessfulDelete` or `FailedDelete`. A pod that is gone already is not an error. */
export async function deletePod({ cluster, events, signal }: PodControl, owner: PodOwner, name: string): Promise<void> {
  try {
    await cluster.resource(Pod).in(owner.metadata.namespace).delete(name, { signal });
    events.normal(owner, 'SuccessfulDelete', `Deleted pod: ${name}`);
  } catch (error) {
    if (isNotFound(error)) return;
    events.warning(owner, 'FailedDelete', `Error deleting: ${faultMessage(error)}`);
    throw error;
  }
}
