import { EndpointSlice } from '../../../../generated/discovery.k8s.io/v1.js';
import { isNotFound } from '../../../errors/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage, isNamespaceTerminating } from '../base/api-faults.js';
import { TRIGGER_TIME } from './service-pods.js';
import type { SliceDraft, SlicePlan, StoredSlice } from './slice-plan.js';

/** The surroundings of the writes of one plan. */
export interface SliceWriteOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** The owner in errors, such as `Service shop/web`. */
  readonly owner: string;
  readonly signal: AbortSignal;
  /** The time of the change that the slices follow. Default: the annotation is removed. */
  readonly triggerTime?: string | undefined;
  /** False: the owner is being deleted, and no slice is created for it any more. */
  readonly mayCreate: boolean;
}

/** Writes a plan. A slice that is to go becomes a new one of its address family where one is needed. */
export async function writeSlices(plan: SlicePlan, options: SliceWriteOptions): Promise<void> {
  const { cluster, namespace, owner, signal, mayCreate } = options;
  const slices = cluster.resource(EndpointSlice).in(namespace);
  const create = [...plan.create];
  const update = [...plan.update];
  const remove: StoredSlice[] = [];
  for (const old of plan.remove) {
    const next = create.at(-1);
    if (next?.addressType !== old.addressType) remove.push(old);
    else {
      create.pop();
      const { name, resourceVersion, uid } = old.metadata;
      update.push({ ...next, metadata: { ...next.metadata, name, resourceVersion, uid } });
    }
  }
  const annotated = (slice: SliceDraft) => withTriggerTime(slice, options.triggerTime);
  for (const slice of mayCreate ? create : []) {
    try {
      await slices.create(named(annotated(slice)), { signal });
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      throw failed(`create EndpointSlice for ${owner}`, error);
    }
  }
  for (const slice of update) {
    await slices.replace(named(annotated(slice)), { signal }).catch((error: unknown) => {
      throw failed(`update ${slice.metadata.name} EndpointSlice for ${owner}`, error);
    });
  }
  for (const { metadata } of remove) {
    await slices.delete(metadata.name, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw failed(`delete ${metadata.name} EndpointSlice for ${owner}`, error);
    });
  }
}

/** Returns an error in upstream's words, which an event of the owner carries. */
function failed(what: string, error: unknown): Error {
  return new Error(`failed to ${what}: ${faultMessage(error)}`, { cause: error });
}

function withTriggerTime(slice: SliceDraft, time: string | undefined): SliceDraft {
  const { [TRIGGER_TIME]: _, ...annotations } = slice.metadata.annotations ?? {};
  const next = time === undefined ? annotations : { ...annotations, [TRIGGER_TIME]: time };
  return { ...slice, metadata: { ...slice.metadata, annotations: Object.keys(next).length === 0 ? undefined : next } };
}

/** A new slice has a prefix for its name, and a stored one its name: the types of the client ask for either. */
function named(slice: SliceDraft): SliceDraft & { metadata: { name: string } } {
  return slice as SliceDraft & { metadata: { name: string } };
}
