import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Clock } from '../../../util/clock.js';
import type { PodManager } from '../pods/pod-manager.js';
import type { ContainerUsage } from '../runtime/container-runtime.js';

/** The resources that something uses at one time. */
export interface UsageSample {
  readonly at: number;
  readonly cpuNanoseconds: number;
  /** The CPU in use now, in billionths of a core. */
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}

/** The usage of one container. */
interface ContainerReport {
  readonly name: string;
  readonly startedAt: number;
  readonly usage: UsageSample;
}

/** The usage of one pod. */
interface PodReport {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly startTime: string | undefined;
  readonly containers: readonly ContainerReport[];
}

/** The usage of a node and its pods. */
export interface UsageReport {
  readonly node: UsageSample & { readonly memoryAvailableBytes: number };
  readonly pods: readonly PodReport[];
}

/** Rates are taken over at least so long. */
const LEAST_SPAN_MS = 1_000;
const NANOSECONDS_IN_MS = 1e6;

interface Counter {
  readonly at: number;
  readonly cpuNanoseconds: number;
}

/** Measures a node and its containers. Rates are those since the measurement before. */
export class UsageMeter {
  readonly #pods: PodManager;
  readonly #clock: Clock;
  readonly #startedAt: number;
  /** Earlier measurements by container. */
  #counters = new Map<string, Counter>();

  constructor(pods: PodManager, clock: Clock) {
    this.#pods = pods;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** The time at which the kubelet was started. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Measures everything now. */
  async measure(): Promise<UsageReport> {
    const kept = new Map<string, Counter>();
    const pods: PodReport[] = [];
    for (const { pod, runners, observed } of this.#pods.workers) {
      const containers: ContainerReport[] = [];
      for (const { spec, instance } of runners) {
        const usage = await instance?.usage();
        if (instance === undefined || usage === undefined) continue;
        const sample = this.#sample(instance.id, usage, instance.startedAt, kept);
        containers.push({ name: spec.name, startedAt: instance.startedAt, usage: sample });
      }
      const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
      pods.push({ name, namespace, uid, startTime: observed.status?.startTime, containers });
    }
    const node = this.#sample('', machineUsage(), this.#startedAt, kept);
    this.#counters = kept;
    return { node: { ...node, memoryAvailableBytes: freemem() }, pods };
  }

  #sample(
    key: string,
    usage: Omit<ContainerUsage, 'processes'>,
    since: number,
    kept: Map<string, Counter>,
  ): UsageSample {
    const { cpuNanoseconds, memoryBytes } = usage;
    const at = this.#clock.now();
    const before = this.#counters.get(key) ?? { at: since, cpuNanoseconds: key === '' ? cpuNanoseconds : 0 };
    const span = at - before.at;
    // A measurement soon after another one keeps the older one to compare with.
    kept.set(key, span < LEAST_SPAN_MS ? before : { at, cpuNanoseconds });
    const rate = span <= 0 ? 0 : (cpuNanoseconds - before.cpuNanoseconds) / (span * NANOSECONDS_IN_MS);
    return { at, cpuNanoseconds, cpuNanocores: Math.max(0, Math.round(rate * 1e9)), memoryBytes };
  }
}

/** Returns the CPU time and the memory that the machine has used. */
function machineUsage(): Omit<ContainerUsage, 'processes'> {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { cpuNanoseconds: busyMs * NANOSECONDS_IN_MS, memoryBytes: totalmem() - freemem() };
}

/** Returns the cores of the machine. */
export function machineCores(): number {
  return availableParallelism();
}
