import type { CrossVersionObjectReference } from '../../../../generated/autoscaling/v2.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';

/** The object that an autoscaler scales, through its subresource `scale`. */
export class ScaleTarget {
  readonly #cluster: Cluster;
  readonly #reference: DeepReadonly<CrossVersionObjectReference>;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  constructor(
    cluster: Cluster,
    reference: DeepReadonly<CrossVersionObjectReference>,
    namespace: string,
    signal: AbortSignal,
  ) {
    this.#cluster = cluster;
    this.#reference = reference;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  /** Reads the wanted size, and the selector of the pods. */
  async read(): Promise<{ readonly replicas: number; readonly selector: string }> {
    const scale = await this.#client.subresource('scale').get(this.#reference.name, { signal: this.#signal });
    // The decode boundary: a Scale of autoscaling/v1.
    const { spec, status } = scale as { spec?: { replicas?: number }; status?: { selector?: string } };
    return { replicas: spec?.replicas ?? 0, selector: status?.selector ?? '' };
  }

  async write(replicas: number): Promise<void> {
    await this.#client.scale(this.#reference.name, replicas, { signal: this.#signal });
  }

  get #client() {
    const { apiVersion = 'v1', kind } = this.#reference;
    return this.#cluster.dynamic({ apiVersion, kind }).in(this.#namespace);
  }
}
