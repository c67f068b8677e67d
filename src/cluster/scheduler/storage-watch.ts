import { PersistentVolume, PersistentVolumeClaim } from '../../../generated/core/v1.js';
import { StorageClass } from '../../../generated/storage.k8s.io/v1.js';
import type { Cluster, Informer } from '../../cache/index.js';
import { mergePatch } from '../../client/index.js';
import { isBound, type StorageObjects, waitsForConsumer } from './plugins/volume-binding.js';
import type { PodInfo } from './pod-info.js';

const selectedNode = 'volume.kubernetes.io/selected-node';
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

  storageClass(name: string) {
    return this.#classes.lister.get(name);
  }

  /** Tells the provisioners of a pod's claims which node was chosen, and waits until the claims are bound. */
  async bindClaims(pod: PodInfo, node: string, signal: AbortSignal): Promise<void> {
    const claims = this.#cluster.resource(PersistentVolumeClaim).in(pod.namespace);
    for (const name of pod.claims) {
      const claim = this.claim(`${pod.namespace}/${name}`);
      if (claim === undefined || isBound(claim) || !waitsForConsumer(claim, this)) continue;
      await claims.patch(name, mergePatch({ metadata: { annotations: { [selectedNode]: node } } }), { signal });
      const bound = (one: PersistentVolumeClaim | undefined) => one?.status?.phase === 'Bound';
      await claims.waitFor(name, bound, { signal, timeoutMs: bindTimeoutMs });
    }
  }
}
