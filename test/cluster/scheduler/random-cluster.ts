import type { Node, Pod, PodSpec } from '../../../generated/core/v1.js';
import type { NodeObject, PodObject } from '../../../src/cluster/objects.js';
import type { Random } from '../../../src/util/random.js';

const apps = ['a', 'b', 'c'];
const zones = ['z1', 'z2', 'z3'];
const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';

/** Draws nodes and pods that use many rules of scheduling at once. */
export class RandomCluster {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Returns one of the items. */
  one<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new RangeError('no items');
    return item;
  }

  /** Returns true in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.#random() * 100 < percent;
  }

  /** Draws a node, or another state of the node with this name. */
  node(name = `n${this.#count++}`): Node & NodeObject {
    const labels: Record<string, string> = {};
    if (this.chance(95)) labels[hostKey] = name;
    if (this.chance(85)) labels[zoneKey] = this.one(zones);
    if (this.chance(50)) labels.disk = this.one(['ssd', 'hdd']);
    const taints = [];
    if (this.chance(15)) taints.push({ key: 'dedicated', value: this.one(apps), effect: 'NoSchedule' as const });
    if (this.chance(20)) taints.push({ key: 'slow', effect: 'PreferNoSchedule' as const });
    return {
      ...stored(name),
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { ...stored(name).metadata, labels },
      spec: { unschedulable: this.chance(5), taints },
      status: { allocatable: { cpu: this.one(['1', '2', '4']), memory: '8Gi', pods: this.one(['2', '6', '20']) } },
    };
  }

  /** Draws a pod. */
  pod(): Pod & PodObject {
    const name = `p${this.#count++}`;
    const { metadata } = stored(name);
    const spec: PodSpec = {
      containers: [
        {
          name: 'c',
          image: 'i',
          ...(this.chance(70) && { resources: { requests: { cpu: this.one(['100m', '500m', '1']) } } }),
          ...(this.chance(10) && { ports: [{ containerPort: 80, hostPort: this.one([80, 81]) }] }),
        },
      ],
      priority: this.one([0, 0, 10, 100]),
    };
    if (this.chance(30)) spec.tolerations = [{ key: 'dedicated', operator: 'Equal', value: this.one(apps) }];
    if (this.chance(10)) spec.tolerations = [{ operator: 'Exists' }];
    if (this.chance(15)) spec.nodeSelector = { disk: this.one(['ssd', 'hdd']) };
    if (this.chance(50)) spec.affinity = this.#affinity();
    if (this.chance(40)) {
      spec.topologySpreadConstraints = [zoneKey, hostKey].slice(0, this.one([1, 2])).map((topologyKey) => ({
        topologyKey,
        maxSkew: this.one([1, 2]),
        whenUnsatisfiable: this.one(['DoNotSchedule', 'ScheduleAnyway'] as const),
        labelSelector: { matchLabels: { app: this.one(apps) } },
      }));
      const hard = spec.topologySpreadConstraints.find((one) => one.whenUnsatisfiable === 'DoNotSchedule');
      if (hard !== undefined && this.chance(30)) hard.minDomains = 4;
    }
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, namespace: 'default', labels: { app: this.one(apps) } },
      spec,
    };
  }

  #affinity(): NonNullable<PodSpec['affinity']> {
    const term = () => ({
      topologyKey: this.one([zoneKey, hostKey]),
      labelSelector: { matchLabels: { app: this.one(apps) } },
    });
    const weighted = () => [{ weight: this.one([1, 50, 100]), podAffinityTerm: term() }];
    const expression = () => ({
      key: 'disk',
      operator: this.one(['In', 'NotIn'] as const),
      values: [this.one(['ssd', 'hdd'])],
    });
    return {
      nodeAffinity: {
        ...(this.chance(20) && {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [expression()] },
              { matchExpressions: [{ key: zoneKey, operator: 'Exists' }] },
            ],
          },
        }),
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: this.one([1, 10]), preference: { matchExpressions: [expression()] } },
        ],
      },
      podAffinity: {
        ...(this.chance(20) && { requiredDuringSchedulingIgnoredDuringExecution: [term()] }),
        ...(this.chance(40) && { preferredDuringSchedulingIgnoredDuringExecution: weighted() }),
      },
      podAntiAffinity: {
        ...(this.chance(25) && { requiredDuringSchedulingIgnoredDuringExecution: [term()] }),
        ...(this.chance(40) && { preferredDuringSchedulingIgnoredDuringExecution: weighted() }),
      },
    };
  }
}

function stored(name: string) {
  return { metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' } };
}
