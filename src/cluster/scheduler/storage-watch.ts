import { PersistentVolume, PersistentVolumeClaim } from '../../../generated/core/v1.js';
import { StorageClass } from '../../../generated/storage.k8s.io/v1.js';
import type { Informer } from '../../cache/index.js';
import { mergePatch } from '../../client/index.js';
import type { Cluster } from '../../sdk/index.js';
import { BOUND_BY_CONTROLLER, SELECTED_NODE } from '../storage/volume-annotations.js';
import { type Claim, isReservedFor, type Volume } from '../storage/volume-match.js';
import type { LabelledNode } from './node-selector.js';
import { chooseVolumes, isBound, type StorageObjects, waitsForConsumer } from './plugins/volume-binding.js';
import type { PodInfo } from './pod-info.js';

const bindTimeoutMs = 600_000;

/** Follows claims, volumes and storage classes, and has claims bound that wait for the node of their first pod. */
export class StorageWatch implements StorageObjects {
  readonly #cluster: Cluster;
  readonly #claims: Informer<PersistentVolumeClaim, 'Namespaced'>;
  readonly #volumes: Informer<PersistentVolume, 'Cluster'>;
  readonly #classes: Informer<StorageClass, 'Cluster'>;

  /** `onChange` is called when a waiting pod may have become schedulable. */
  constructor(cluster: Cluster, onChange: () => void) {
    this.#cluster = cluster;
    this.#claims = cluster.informer(PersistentVolumeClaim);
    this.#volumes = cluster.informer(PersistentVolume);
    this.#classes = cluster.informer(StorageClass);
    for (const informer of [this.#claims, this.#volumes, this.#classes]) informer.subscribeKeys(onChange);
  }

  /** Starts the informers. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#claims, this.#volumes, this.#classes].map((informer) => informer.start({ signal })));
  }

  /** Stops the informers. */
  async stop(): Promise<void> {
    await Promise.all([this.#claims, this.#volumes, this.#classes].map((informer) => informer.stop()));
  }

  claim(key: string) {
    return this.#claims.lister.get(key);
  }

  volume(name: string) {
    return this.#volumes.lister.get(name);
  }

  volumes() {
    return this.#volumes.lister.list();
  }

  storageClass(name: string) {
    return this.#classes.lister.get(name);
  }

  /**
   * Reserves volumes on the chosen node for the pod's claims, or tells their provisioners of the node. Waits until the claims are bound.
   */
  async bindClaims(pod: PodInfo, node: LabelledNode, signal: AbortSignal): Promise<void> {
    const waiting = pod.claims.flatMap((name) => {
      const claim = this.claim(`${pod.namespace}/${name}`);
      return claim === undefined || isBound(claim) || !waitsForConsumer(claim, this) ? [] : [claim];
    });
    if (waiting.length === 0) return;
    const chosen = chooseVolumes(waiting, this.volumes(), node, this);
    if (chosen === undefined)
      throw new Error(`cannot bind the claims of ${pod.key}: their volumes were taken meanwhile`);
    const claims = this.#cluster.resource(PersistentVolumeClaim).in(pod.namespace);
    const options = { signal };
    await Promise.all(
      chosen.map(({ claim, volume }) => {
        const { name } = claim.metadata;
        if (volume !== undefined) return isReservedFor(volume, claim) ? volume : this.#reserve(volume, claim, signal);
        return claims.patch(name, mergePatch({ metadata: { annotations: { [SELECTED_NODE]: node.name } } }), options);
      }),
    );
    const bound = (one: PersistentVolumeClaim | undefined) => one?.status?.phase === 'Bound';
    for (const { claim } of chosen) {
      await claims.waitFor(claim.metadata.name, bound, { signal, timeoutMs: bindTimeoutMs });
    }
  }

  /** Names the claim in the volume. The volume binder completes the binding. */
  async #reserve({ metadata }: Volume, claim: Claim, signal: AbortSignal): Promise<unknown> {
    const { name, namespace, uid, resourceVersion } = claim.metadata;
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion };
    const patch = mergePatch({
      // With the version, the patch fails if another pod took the volume first.
      metadata: { resourceVersion: metadata.resourceVersion, annotations: { [BOUND_BY_CONTROLLER]: 'yes' } },
      spec: { claimRef },
    });
    return this.#cluster.resource(PersistentVolume).patch(metadata.name, patch, { signal });
  }
}
