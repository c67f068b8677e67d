import { Lease } from '../../../../generated/coordination.k8s.io/v1.js';
import { Node, type NodeCondition, type NodeStatus, type Taint } from '../../../../generated/core/v1.js';
import { strategicMergePatch } from '../../../client/index.js';
import { isAlreadyExists, isNotFound } from '../../../errors/index.js';
import { type DeepReadonly, deepEqual, findCondition, formatMicroTime, formatTime } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';
import { machineArchitecture, machineSystem } from './node-facts.js';

/** The facts that a kubelet registers its node with. */
export interface NodeRegistrationOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** True: the kubelet creates the Node. False: somebody else does. */
  readonly register: boolean;
  /** The status, without conditions. */
  readonly status: NodeStatus;
  readonly leaseSeconds: number;
  /** The status is written at least so often. */
  readonly statusMs: number;
  /** Hears of errors that do not end the kubelet. */
  readonly onError: (error: unknown) => void;
}

const LEASES = 'kube-node-lease';
const RENEWALS = 4;
const FIRST_RETRY_MS = 200;
const MOST_RETRY_MS = 7_000;

/** Keeps one Node at the server: creates it, renews its Lease, and writes its status. */
export class NodeRegistration {
  readonly #options: NodeRegistrationOptions;
  #node: DeepReadonly<Node>;
  #lease: Lease | undefined;

  constructor(options: NodeRegistrationOptions) {
    this.#options = options;
    const { name } = options;
    this.#node = {
      metadata: { name, labels: this.#labels() },
      status: { ...options.status, conditions: this.#conditions([]) },
    };
  }

  /** The node as it was written last. */
  get node(): DeepReadonly<Node> {
    return this.#node;
  }

  /** Creates the Node and writes its status. Tries until that succeeds or `signal` aborts. */
  async register(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(wait * 2, MOST_RETRY_MS)) {
      try {
        await this.#create(signal);
        await this.#writeStatus(signal);
        await this.#renew(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
        await this.#options.clock.sleep(wait, { signal }).catch(() => {});
      }
    }
  }

  /** Renews the Lease and the status until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { leaseSeconds, statusMs } = this.#options;
    await Promise.all([
      this.#every((leaseSeconds * 1000) / RENEWALS, () => this.#renew(signal), signal),
      this.#every(statusMs, () => this.#writeStatus(signal), signal),
    ]);
  }

  async #every(ms: number, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(ms, { signal }).catch(() => {});
      if (signal.aborted) return;
      await work().catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      });
    }
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { cluster, name, register, taints, unschedulable, status } = this.#options;
    const nodes = cluster.resource(Node);
    if (register) {
      try {
        this.#node = await nodes.create(
          {
            metadata: { name, labels: this.#labels() },
            spec: { taints: [...taints], ...(unschedulable ? { unschedulable } : {}) },
            status: { ...status, conditions: this.#conditions([]) },
          },
          { signal },
        );
        return;
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
    }
    const found = await nodes.get(name, { signal });
    const labels = { ...found.metadata.labels, ...this.#labels() };
    this.#node = deepEqual(labels, found.metadata.labels)
      ? found
      : await nodes.patch(name, strategicMergePatch({ metadata: { labels: this.#labels() } }), { signal });
  }

  async #writeStatus(signal: AbortSignal): Promise<void> {
    const { cluster, name, status } = this.#options;
    const nodes = cluster.resource(Node);
    const found = await nodes.get(name, { resourceVersion: '0', signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (found === undefined) await this.#create(signal);
    const conditions = this.#conditions(found?.status?.conditions ?? []);
    const patch = strategicMergePatch({ status: { ...status, conditions } });
    this.#node = await nodes.subresource('status').patch(name, patch, { signal });
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { cluster, clock, name, leaseSeconds } = this.#options;
    const leases = cluster.resource(Lease).in(LEASES);
    const renewTime = formatMicroTime(BigInt(Math.floor(clock.now())) * 1000n);
    const uid = this.#node.metadata?.uid ?? '';
    const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime };
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
    try {
      this.#lease ??= await leases.find(name, { signal });
      if (this.#lease === undefined) {
        this.#lease = await leases.create({ metadata: { name, ownerReferences: [owner] }, spec }, { signal });
      } else {
        const next = {
          ...this.#lease,
          metadata: { ...this.#lease.metadata, name },
          spec: { ...this.#lease.spec, ...spec },
        };
        this.#lease = await leases.replace(next, { signal });
      }
    } catch (error) {
      // Read again the next time: somebody may have changed or deleted it.
      this.#lease = undefined;
      throw error;
    }
  }

  #labels(): Record<string, string> {
    const { name, labels } = this.#options;
    const [os, arch] = [machineSystem(), machineArchitecture()];
    return {
      'beta.kubernetes.io/arch': arch,
      'beta.kubernetes.io/os': os,
      'kubernetes.io/arch': arch,
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': os,
      ...labels,
    };
  }

  #conditions(before: readonly DeepReadonly<NodeCondition>[]): NodeCondition[] {
    const now = formatTime(this.#options.clock.now());
    const conditions: readonly [type: string, status: string, reason: string, message: string][] = [
      ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
    ];
    return conditions.map(([type, status, reason, message]) => {
      const last = findCondition(before, type);
      const since = last?.status === status ? last.lastTransitionTime : undefined;
      return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
    });
  }
}
