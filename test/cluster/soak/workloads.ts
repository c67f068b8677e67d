import { Deployment, ReplicaSet, StatefulSet } from 'keelson/k8s';
import { Pod } from 'keelson/k8s/core/v1';
import { controllerOf } from '../../../src/meta/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import type { Random } from '../../../src/util/random.js';

/** The name of the workload that each controller of pods belongs to, by the controller's uid. */
export type Owners = ReadonlyMap<string, string>;

/** The size that a workload shall have. */
export interface SetSize {
  readonly name: string;
  replicas: number;
  image: string;
  /** True for StatefulSets, whose pods are numbered. */
  readonly isOrdinal: boolean;
}

/** The workloads of a soak: Deployments, and a StatefulSet for every four of them. */
export class Workloads {
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #sizes: SetSize[];
  readonly #most: number;
  #version = 0;

  constructor(cluster: Cluster, pods: number, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
    const count = Math.max(5, Math.ceil(pods / 100));
    this.#most = Math.ceil(pods / count);
    this.#sizes = Array.from({ length: count }, (_, i) => ({
      name: `${i % 5 === 4 ? 'db' : 'web'}-${i}`,
      replicas: i % 5 === 4 ? Math.min(this.#most, 5) : this.#most,
      image: 'app:0',
      isOrdinal: i % 5 === 4,
    }));
  }

  /** Returns what every workload shall have. */
  sizes(): readonly SetSize[] {
    return this.#sizes;
  }

  async create(): Promise<void> {
    for (const size of this.#sizes) await this.#createOne(size);
  }

  /** Changes the number of pods of one workload. */
  async scale(): Promise<string> {
    const size = this.#pick();
    const replicas = Math.floor(this.#random() * ((size.isOrdinal ? 5 : this.#most) + 1));
    await this.#client(size).scale(size.name, replicas);
    size.replicas = replicas;
    return `scale ${size.name} to ${replicas}`;
  }

  /** Gives one workload a new image. */
  async roll(): Promise<string> {
    const size = this.#pick();
    const image = `app:${++this.#version}`;
    const patch = { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } };
    await this.#client(size).patch(size.name, { type: 'strategic', body: patch });
    size.image = image;
    return `roll ${size.name} to ${image}`;
  }

  /** Deletes a few pods, at once or with their grace period. */
  async deletePods(): Promise<string> {
    const pods = this.#cluster.resource(Pod).in('default');
    const { items } = await pods.list().all();
    const names: string[] = [];
    for (let i = Math.floor(this.#random() * 5); i >= 0; i--) {
      const name = items[Math.floor(this.#random() * items.length)]?.metadata.name;
      if (name === undefined || names.includes(name)) continue;
      names.push(name);
      await pods.delete(name, { gracePeriodSeconds: this.#random() < 0.5 ? 0 : 30 });
    }
    return `delete ${names.join(', ')}`;
  }

  /** Deletes one workload with its pods, and creates it again under the same name. */
  async replace(): Promise<string> {
    const size = this.#pick();
    await this.#client(size).delete(size.name, { propagation: 'background' });
    await this.#createOne(size);
    return `replace ${size.name}`;
  }

  /** Returns the controllers that exist. */
  async owners(): Promise<Owners> {
    const [sets, statefulSets, deployments] = await Promise.all([
      this.#cluster.resource(ReplicaSet).in('default').list().all(),
      this.#cluster.resource(StatefulSet).in('default').list().all(),
      this.#cluster.resource(Deployment).in('default').list().all(),
    ]);
    const names = new Map(deployments.items.map(({ metadata }) => [metadata.uid, metadata.name]));
    return new Map([
      ...sets.items.map((object) => {
        const workload = names.get(controllerOf(object)?.uid ?? '') ?? 'nothing';
        return [object.metadata.uid, workload] as const;
      }),
      ...statefulSets.items.map((object) => [object.metadata.uid, object.metadata.name] as const),
    ]);
  }

  #pick(): SetSize {
    const size = this.#sizes[Math.floor(this.#random() * this.#sizes.length)];
    if (size === undefined) throw new Error('there are no workloads');
    return size;
  }

  #client({ isOrdinal }: SetSize) {
    return isOrdinal
      ? this.#cluster.resource(StatefulSet).in('default')
      : this.#cluster.resource(Deployment).in('default');
  }

  async #createOne({ name, replicas, image, isOrdinal }: SetSize): Promise<void> {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
    const spec = { replicas, selector: { matchLabels: labels }, template };
    if (isOrdinal) {
      const podManagementPolicy = 'Parallel' as const;
      await this.#cluster
        .resource(StatefulSet)
        .in('default')
        .create({ metadata: { name }, spec: { ...spec, serviceName: name, podManagementPolicy } });
    } else await this.#cluster.resource(Deployment).in('default').create({ metadata: { name }, spec });
  }
}
