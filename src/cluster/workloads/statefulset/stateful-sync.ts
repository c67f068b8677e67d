import { StatefulSet, type StatefulSetStatus } from '../../../../generated/apps/v1.js';
import { Pod, type PodTemplateSpec } from '../../../../generated/core/v1.js';
import { isNotFound } from '../../../errors/index.js';
import { faultMessage } from '../base/api-faults.js';
import { slowStart } from '../base/slow-start.js';
import { type CachedPod, isPodAvailable, isPodReady, isPodTerminal } from '../pods/pod-state.js';
import { type Revision, templateOf } from '../revisions/revision-history.js';
import { type ClaimOptions, createClaims, hasStaleClaim, settleClaimOwners } from './claim-retention.js';
import {
  firstOrdinal,
  hasIdentity,
  identityOf,
  isParallel,
  isUnavailable,
  ordinalOf,
  revisionOf,
  type StatefulDraft,
  statefulPod,
} from './stateful-pods.js';

/** The revisions between which a StatefulSet moves. */
export interface SetRevisions {
  readonly current: Revision;
  readonly update: Revision;
  readonly collisions: number;
}

/** One reconcile of a StatefulSet. */
export class StatefulSync {
  readonly #set: StatefulDraft;
  readonly #pods: readonly CachedPod[];
  readonly #revisions: SetRevisions;
  readonly #options: ClaimOptions & { readonly now: number };
  /** The pods of the wanted ordinals, in order. */
  readonly #replicas: (CachedPod | undefined)[];
  /** The pods beyond the wanted ordinals, the highest first. */
  readonly #condemned: CachedPod[];
  #status: StatefulSetStatus;

  constructor(
    set: StatefulDraft,
    pods: readonly CachedPod[],
    revisions: SetRevisions,
    options: ClaimOptions & { readonly now: number },
  ) {
    this.#set = set;
    this.#pods = pods;
    this.#revisions = revisions;
    this.#options = options;
    const from = firstOrdinal(set);
    const count = set.spec?.replicas ?? 1;
    const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod, set) ?? -1, pod]));
    this.#replicas = Array.from({ length: count }, (_, i) => byOrdinal.get(from + i));
    this.#condemned = [...byOrdinal.entries()]
      .filter(([ordinal]) => ordinal >= 0 && (ordinal < from || ordinal >= from + count))
      .sort(([a], [b]) => b - a)
      .map(([, pod]) => pod);
    this.#status = this.#count();
  }

  /** Makes one step, writes the status, and returns it. */
  async run(): Promise<StatefulSetStatus> {
    let error: unknown;
    try {
      if (this.#set.metadata.deletionTimestamp === undefined) await this.#step();
    } catch (caught) {
      error = caught;
    }
    await this.#writeStatus();
    if (error !== undefined) throw error;
    return this.#status;
  }

  async #step(): Promise<void> {
    const { spec } = this.#set;
    const from = firstOrdinal(this.#set);
    const isDone = await this.#forAll(this.#replicas, (pod, i) => this.#settleReplica(pod, from + i));
    if (!isDone) return;
    await this.#forAll(this.#condemned, async (pod) => {
      await settleClaimOwners(this.#set, ordinalOf(pod, this.#set) ?? 0, pod.metadata, this.#options);
      return true;
    });
    const firstUnhealthy = [...this.#replicas, ...[...this.#condemned].reverse()].find(
      (pod) => pod !== undefined && this.#isUnavailable(pod),
    );
    if (!(await this.#forAll(this.#condemned, (pod) => this.#condemn(pod, firstUnhealthy)))) return;
    if (spec?.updateStrategy?.type !== 'OnDelete') await this.#rollOut();
  }

  /** Works through pods in order until `work` returns false, or on all at once if the set is parallel. */
  async #forAll<T>(pods: readonly T[], work: (pod: T, index: number) => Promise<boolean>): Promise<boolean> {
    if (!isParallel(this.#set)) {
      for (const [i, pod] of pods.entries()) if (!(await work(pod, i))) return false;
      return true;
    }
    const entries = [...pods.entries()];
    const { error } = await slowStart(entries.length, async (k) => {
      const entry = entries[k];
      if (entry !== undefined) await work(entry[1], entry[0]);
    });
    if (error !== undefined) throw error;
    return true;
  }

  /** Brings the pod of an ordinal into being and into order. Returns whether the next ordinal may follow. */
  async #settleReplica(pod: CachedPod | undefined, ordinal: number): Promise<boolean> {
    const name = `${this.#set.metadata.name}-${ordinal}`;
    if (pod === undefined) {
      if (!hasStaleClaim(this.#set, ordinal, name, this.#options)) await this.#create(name, ordinal);
      return false;
    }
    if (isPodTerminal(pod)) {
      if (pod.metadata.deletionTimestamp === undefined) await this.#delete(pod);
      return false;
    }
    if (pod.status?.phase === 'Pending') await createClaims(this.#set, ordinal, name, this.#options);
    await settleClaimOwners(this.#set, ordinal, pod.metadata, this.#options);
    if (!hasIdentity(pod)) await this.#identify(pod, ordinal);
    return pod.status?.phase === 'Running' && !this.#isUnavailable(pod);
  }

  /** Deletes a pod beyond the wanted ordinals. Returns whether the next one may follow. */
  async #condemn(pod: CachedPod, firstUnhealthy: CachedPod | undefined): Promise<boolean> {
    if (pod.metadata.deletionTimestamp !== undefined) return false;
    const mayGo = isParallel(this.#set) || !this.#isUnavailable(pod) || pod === firstUnhealthy;
    if (mayGo) await this.#delete(pod);
    return false;
  }

  /** Deletes the pod with the highest ordinal that has an old template, if all above it are available. */
  async #rollOut(): Promise<void> {
    const partition = this.#set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const update = this.#revisions.update.metadata.name;
    for (let i = this.#replicas.length - 1; i >= partition; i--) {
      const pod = this.#replicas[i];
      if (pod === undefined) return;
      if (revisionOf(pod) !== update && pod.metadata.deletionTimestamp === undefined) {
        await this.#delete(pod);
        const { currentReplicas = 0 } = this.#status;
        this.#status = { ...this.#status, currentReplicas: currentReplicas - 1 };
        return;
      }
      if (this.#isUnavailable(pod)) return;
    }
  }

  #isUnavailable(pod: CachedPod): boolean {
    return isUnavailable(pod, this.#set.spec?.minReadySeconds ?? 0, this.#options.now);
  }

  async #create(name: string, ordinal: number): Promise<void> {
    const { cluster, signal } = this.#options;
    const { template, revision } = this.#templateFor(ordinal);
    try {
      await createClaims(this.#set, ordinal, name, this.#options);
      const pod = statefulPod(this.#set, template, revision, ordinal);
      const created = await cluster.resource(Pod).in(this.#set.metadata.namespace).create(pod, { signal });
      await settleClaimOwners(this.#set, ordinal, created.metadata, this.#options);
    } catch (error) {
      this.#tell('Create', name, error);
      throw error;
    }
    this.#tell('Create', name);
  }

  /** Returns the template of a new pod: below the partition, or below the pods that are not updated yet, the current one. */
  #templateFor(ordinal: number): { readonly template: PodTemplateSpec; readonly revision: string } {
    const { current, update } = this.#revisions;
    const { updateStrategy } = this.#set.spec ?? {};
    const kept = updateStrategy?.rollingUpdate?.partition ?? this.#set.status?.currentReplicas ?? 0;
    const isRolling = updateStrategy?.type === 'RollingUpdate' || updateStrategy?.rollingUpdate !== undefined;
    const revision = isRolling && ordinal < firstOrdinal(this.#set) + kept ? current : update;
    return { template: templateOf(revision), revision: revision.metadata.name };
  }

  async #identify(pod: CachedPod, ordinal: number): Promise<void> {
    const { cluster, signal } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    const patch = { type: 'merge' as const, body: { metadata: { uid, labels: identityOf(name, ordinal) } } };
    await cluster.resource(Pod).in(namespace).patch(name, patch, { signal });
    this.#tell('Update', name);
  }

  async #delete({ metadata }: CachedPod): Promise<void> {
    const { cluster, signal } = this.#options;
    try {
      await cluster.resource(Pod).in(metadata.namespace).delete(metadata.name, { signal });
    } catch (error) {
      if (!isNotFound(error)) {
        this.#tell('Delete', metadata.name, error);
        throw error;
      }
    }
    this.#tell('Delete', metadata.name);
  }

  #tell(verb: 'Create' | 'Update' | 'Delete', pod: string, error?: unknown): void {
    const { events } = this.#options;
    const what = `${verb} Pod ${pod} in StatefulSet ${this.#set.metadata.name}`;
    if (error === undefined) events.normal(this.#set, `Successful${verb}`, `${what} successful`);
    else events.warning(this.#set, `Failed${verb}`, `${what} failed error: ${faultMessage(error)}`);
  }

  #count(): StatefulSetStatus {
    const { current, update, collisions } = this.#revisions;
    const { spec, metadata, status } = this.#set;
    const pods = this.#pods;
    const ready = pods.filter((pod) => pod.status?.phase === 'Running' && isPodReady(pod));
    const stays = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const of = (revision: Revision) => stays.filter((pod) => revisionOf(pod) === revision.metadata.name).length;
    const { minReadySeconds = 0 } = spec ?? {};
    return {
      observedGeneration: metadata.generation,
      replicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReadySeconds, this.#options.now)).length,
      currentReplicas: of(current),
      updatedReplicas: of(update),
      currentRevision: current.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: collisions,
      ...(status?.conditions === undefined ? {} : { conditions: status.conditions }),
    };
  }

  async #writeStatus(): Promise<void> {
    const { spec, metadata, status: old } = this.#set;
    const replicas = spec?.replicas ?? 1;
    const next = { ...this.#status };
    const { replicas: created, readyReplicas, updatedReplicas } = next;
    const isRolling = spec?.updateStrategy?.type !== 'OnDelete';
    if (isRolling && updatedReplicas === replicas && readyReplicas === replicas && created === replicas) {
      next.currentReplicas = updatedReplicas;
      next.currentRevision = next.updateRevision;
    }
    this.#status = next;
    const isSame = FIELDS.every((field) => (old?.[field] ?? 0) === (next[field] ?? 0));
    if (isSame && old?.currentRevision === next.currentRevision && old?.updateRevision === next.updateRevision) return;
    const { cluster, signal } = this.#options;
    const client = cluster.resource(StatefulSet).in(metadata.namespace).subresource('status');
    await client.replace({ ...this.#set, status: next }, { signal });
  }
}

const FIELDS = [
  'observedGeneration',
  'replicas',
  'readyReplicas',
  'availableReplicas',
  'currentReplicas',
  'updatedReplicas',
] as const;
