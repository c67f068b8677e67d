import { Deployment, type DeploymentStatus, ReplicaSet } from '../../../../generated/apps/v1.js';
import { isAlreadyExists, isNotFound } from '../../../errors/index.js';
import { controllerOf, controllerReference, deepEqual, findCondition } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage, isNamespaceTerminating } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
import { HASH_LABEL, templateHash } from '../revisions/template-hash.js';
import { type DeploymentDraft, newCondition, setCondition } from './deployment-status.js';
import { byAge, type RevisionSet, sizeOf } from './replica-sets.js';
import {
  maxRevision,
  revisionOf,
  setReplicasAnnotations,
  setRevision,
  setRevisionAnnotations,
} from './revision-annotations.js';
import { historyLimit, maxSurge, newSetSize, progressDeadlineMs, replicasOf } from './rollout-limits.js';

/** The surroundings of a rollout. */
export interface RolloutOptions {
  readonly cluster: Cluster;
  readonly events: ComponentEvents;
  readonly signal: AbortSignal;
  /** The time of this reconcile, in milliseconds. */
  readonly now: number;
}

/** One reconcile of a Deployment: the Deployment and its ReplicaSets as they are now, and the writes that change them. */
export class Rollout {
  readonly deployment: DeploymentDraft;
  /** The ReplicaSets of other templates, the oldest first. */
  readonly oldSets: RevisionSet[];
  /** The ReplicaSet of the present template. */
  newSet: RevisionSet | undefined;
  readonly #options: RolloutOptions;

  constructor(deployment: DeploymentDraft, sets: readonly RevisionSet[], options: RolloutOptions) {
    const sorted = [...sets].sort(byAge);
    this.deployment = deployment;
    this.newSet = sorted.find((set) => hasTemplateOf(set, deployment));
    this.oldSets = sorted.filter((set) => set !== this.newSet);
    this.#options = options;
  }

  /** All ReplicaSets. */
  get sets(): readonly RevisionSet[] {
    return this.newSet === undefined ? this.oldSets : [...this.oldSets, this.newSet];
  }

  /** The time of this reconcile, in milliseconds. */
  get now(): number {
    return this.#options.now;
  }

  /** Gives the newest ReplicaSet, where there is one, its revision, and the Deployment the same. */
  async syncRevision(): Promise<void> {
    const { deployment, newSet: set } = this;
    if (set === undefined) return;
    const changed = setRevisionAnnotations(deployment, set, maxRevision(this.oldSets) + 1);
    const { minReadySeconds = 0 } = deployment.spec ?? {};
    if (changed || (set.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      if (set.spec !== undefined) set.spec.minReadySeconds = minReadySeconds;
      await this.#replace(set);
      return;
    }
    const revised = setRevision(deployment, String(revisionOf(set) ?? ''));
    const isNew =
      progressDeadlineMs(deployment) !== undefined &&
      findCondition(deployment.status?.conditions, 'Progressing') === undefined;
    if (isNew) this.#progress('True', 'FoundNewReplicaSet', `Found new replica set "${set.metadata.name}"`);
    if (revised || isNew) await this.writeStatus(deployment.status ?? {});
  }

  /** Creates the ReplicaSet of the present template, unless there is one. */
  async ensureNewSet(): Promise<RevisionSet> {
    if (this.newSet !== undefined) return this.newSet;
    const { deployment } = this;
    const { cluster, events, signal } = this.#options;
    const draft = this.#newSetDraft();
    const { name, namespace } = draft.metadata;
    const sets = cluster.resource(ReplicaSet).in(namespace);
    let created: RevisionSet;
    try {
      created = await sets.create(draft, { signal });
    } catch (error) {
      if (isAlreadyExists(error)) return this.#collided(name, error);
      if (isNamespaceTerminating(error)) throw error;
      const message = `Failed to create new replica set "${name}": ${faultMessage(error)}`;
      if (progressDeadlineMs(deployment) !== undefined) {
        this.#progress('False', 'ReplicaSetCreateError', message);
        await this.writeStatus(deployment.status ?? {}).catch(() => {});
      }
      events.warning(deployment, 'ReplicaSetCreateError', message);
      throw error;
    }
    this.newSet = created;
    const size = sizeOf(created);
    if (size > 0) events.normal(deployment, 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${size}`);
    const revised = setRevision(deployment, String(revisionOf(created) ?? ''));
    const hasDeadline = progressDeadlineMs(deployment) !== undefined;
    if (hasDeadline) this.#progress('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
    if (revised || hasDeadline) await this.writeStatus(deployment.status ?? {});
    return created;
  }

  /** Sets the size of a ReplicaSet. Returns whether the size changed. `force` writes the annotations in any case. */
  async scale(set: RevisionSet, size: number, force = false): Promise<boolean> {
    const before = sizeOf(set);
    if (!force && before === size) return false;
    const replicas = replicasOf(this.deployment);
    const annotated = setReplicasAnnotations(set, replicas, replicas + maxSurge(this.deployment));
    if (before === size && !annotated) return false;
    if (set.spec !== undefined) set.spec.replicas = size;
    await this.#replace(set);
    if (before === size) return false;
    const direction = before < size ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`;
    this.#options.events.normal(this.deployment, 'ScalingReplicaSet', message);
    return true;
  }

  /** Deletes the oldest revisions beyond `revisionHistoryLimit` that have no pods. */
  async cleanUp(): Promise<void> {
    const limit = historyLimit(this.deployment);
    if (limit === undefined) return;
    const { cluster, signal } = this.#options;
    const alive = this.oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const byRevision = alive.sort((a, b) => (revisionOf(a) ?? 0) - (revisionOf(b) ?? 0) || byAge(a, b));
    for (const set of byRevision.slice(0, Math.max(0, alive.length - limit))) {
      const { status, metadata } = set;
      const isSettled = (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
      if ((status?.replicas ?? 0) !== 0 || sizeOf(set) !== 0 || !isSettled) continue;
      const sets = cluster.resource(ReplicaSet).in(metadata.namespace);
      await sets.delete(metadata.name, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  /** Writes the status, and with it the revision of the Deployment. */
  async writeStatus(status: DeploymentStatus): Promise<void> {
    const { deployment } = this;
    const { cluster, signal } = this.#options;
    const deployments = cluster.resource(Deployment).in(deployment.metadata.namespace);
    const stored = await deployments.subresource('status').replace({ ...deployment, status }, { signal });
    deployment.metadata = stored.metadata;
    deployment.status = stored.status;
  }

  /** Writes the status if it says something new. Returns whether it did. */
  async updateStatus(status: DeploymentStatus): Promise<boolean> {
    if (isSame(this.deployment.status ?? {}, status)) return false;
    await this.writeStatus(status);
    return true;
  }

  #progress(status: string, reason: string, message: string): void {
    this.deployment.status ??= {};
    setCondition(this.deployment.status, newCondition('Progressing', status, reason, message, this.now));
  }

  #newSetDraft(): ReplicaSet & { metadata: { name: string; namespace: string } } {
    const { deployment } = this;
    const { spec, metadata } = deployment;
    const template = structuredClone(spec?.template ?? {});
    const hash = templateHash(template, deployment.status?.collisionCount);
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    template.metadata = { ...template.metadata, labels };
    const { matchLabels, matchExpressions } = spec?.selector ?? {};
    const draft = {
      metadata: {
        name: `${metadata.name.slice(0, 252 - hash.length)}-${hash}`,
        namespace: metadata.namespace,
        ownerReferences: [controllerReference(deployment)],
        labels,
        annotations: {},
      },
      spec: {
        replicas: newSetSize(deployment, this.oldSets, 0),
        minReadySeconds: spec?.minReadySeconds,
        selector: { matchLabels: { ...matchLabels, [HASH_LABEL]: hash }, matchExpressions },
        template,
      },
    };
    // The annotations are those of a ReplicaSet that the server stored: only metadata is touched.
    const annotated = draft as typeof draft & RevisionSet;
    setRevisionAnnotations(deployment, annotated, maxRevision(this.oldSets) + 1);
    const replicas = replicasOf(deployment);
    setReplicasAnnotations(annotated, replicas, replicas + maxSurge(deployment));
    return draft;
  }

  /** Takes over a ReplicaSet that another replica of this controller made, or counts a collision of hashes. */
  async #collided(name: string, error: unknown): Promise<RevisionSet> {
    const { deployment } = this;
    const { cluster, signal } = this.#options;
    const sets = cluster.resource(ReplicaSet).in(deployment.metadata.namespace);
    const set = await sets.get(name, { signal });
    if (controllerOf(set)?.uid === deployment.metadata.uid && hasTemplateOf(set, deployment)) {
      this.newSet = set;
      await this.syncRevision();
      return set;
    }
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.writeStatus({ ...deployment.status, collisionCount });
    throw error;
  }

  async #replace(set: RevisionSet): Promise<void> {
    const { cluster, signal } = this.#options;
    Object.assign(set, await cluster.resource(ReplicaSet).in(set.metadata.namespace).replace(set, { signal }));
  }
}

/** Reports whether a ReplicaSet was made from the present template of a Deployment. */
function hasTemplateOf(set: RevisionSet, deployment: DeploymentDraft): boolean {
  return deepEqual(withoutHash(set.spec?.template), withoutHash(deployment.spec?.template));
}

function withoutHash(template: RevisionTemplate | undefined): unknown {
  const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

type RevisionTemplate = NonNullable<NonNullable<RevisionSet['spec']>['template']>;

/** Reports whether two statuses say the same. Absent counts are zero. */
function isSame(old: DeploymentStatus, status: DeploymentStatus): boolean {
  const counts = ({ conditions, collisionCount, terminatingReplicas, ...rest }: DeploymentStatus) =>
    Object.fromEntries(Object.entries(rest).filter(([, count]) => count !== 0 && count !== undefined));
  return (
    deepEqual(counts(old), counts(status)) &&
    old.collisionCount === status.collisionCount &&
    old.terminatingReplicas === status.terminatingReplicas &&
    deepEqual(old.conditions, status.conditions)
  );
}
