import { EventRecorder } from '../../controller/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import { turn } from '../../util/next-turn.js';
import type { Random } from '../../util/random.js';
import { abortPromise } from '../abort-promise.js';
import type { PodObject } from '../objects.js';
import { Algorithm } from './algorithm.js';
import { ClusterState } from './cluster-state.js';
import { ClusterWatch } from './cluster-watch.js';
import { describeDiagnosis } from './diagnosis.js';
import { Nominator } from './nominator.js';
import type { Plugin } from './plugin.js';
import { PodWriter } from './pod-writer.js';
import { type Candidate, Preemption } from './preemption.js';
import { defaultPlugins } from './profile.js';
import type { SchedulerMetrics } from './scheduler-metrics.js';
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.js';

/** Pods are decided on in slices of this length, so that requests and events get their turn. */
const sliceMs = 5;
/** Decisions wait while so many requests are under way or waiting. */
const mostRequests = 400;
const queues = ['active', 'backoff', 'unschedulable', 'gated'] as const;

/** Options of a scheduler, complete. */
export interface SchedulerSettings {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * One run of a scheduler. The watch feeds the state and the queue; the loop takes one pod after the other from the queue, decides
 * on it without waiting for anything, and leaves binding to requests that run beside it.
 */
export class SchedulerRun {
  readonly #settings: SchedulerSettings;
  readonly #metrics: SchedulerMetrics;
  readonly #signal: AbortSignal;
  readonly #state: ClusterState;
  readonly #nominator = new Nominator();
  readonly #queue: SchedulingQueue;
  readonly #watch: ClusterWatch;
  readonly #algorithm: Algorithm;
  readonly #preemption: Preemption;
  readonly #writer: PodWriter;
  readonly #recorder: EventRecorder;
  readonly #cleanUp: (() => void)[] = [];
  #loops = false;
  #looping: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, settings: SchedulerSettings, metrics: SchedulerMetrics, signal: AbortSignal) {
    const { clock, random, percentageOfNodesToScore, schedulerName } = settings;
    this.#settings = settings;
    this.#metrics = metrics;
    this.#signal = signal;
    this.#state = new ClusterState((namespace) => this.#watch.namespaceLabels(namespace));
    const plugins = defaultPlugins((pod) => this.#watch.workloadSelector(pod), {
      claim: (key) => this.#watch.storage.claim(key),
      volume: (name) => this.#watch.storage.volume(name),
      volumes: () => this.#watch.storage.volumes(),
      storageClass: (name) => this.#watch.storage.storageClass(name),
    });
    const byName = new Map(plugins.map((plugin): [string, Plugin] => [plugin.name, plugin]));
    this.#queue = new SchedulingQueue({
      clock,
      mayHelp: (plugin, event, pod) => byName.get(plugin)?.mayHelp(event, pod) ?? true,
      onReady: () => this.#wake(),
      onIncoming: (queue, event) => metrics.incoming.add({ queue, event }),
    });
    this.#watch = new ClusterWatch({
      cluster,
      schedulerName,
      state: this.#state,
      queue: this.#queue,
      nominator: this.#nominator,
    });
    this.#algorithm = new Algorithm(this.#state, this.#nominator, { plugins, percentageOfNodesToScore, random });
    this.#preemption = new Preemption({
      plugins,
      cluster: this.#state,
      nominator: this.#nominator,
      budgets: () => this.#watch.budgets(),
      random,
    });
    this.#writer = new PodWriter(cluster, clock, signal);
    this.#recorder = new EventRecorder(cluster, { controller: schedulerName, clock, random });
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    this.#exposeSizes();
    try {
      await this.#watch.start(this.#signal);
      this.#wake();
      await abortPromise(this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    } finally {
      this.#queue.close();
      await this.#looping;
      await this.#writer.idle();
      await this.#recorder.close({ timeoutMs: 1000 });
      await this.#watch.stop();
      for (const cleanUp of this.#cleanUp.splice(0)) cleanUp();
    }
  }

  #exposeSizes(): void {
    const { pending, cacheSize } = this.#metrics;
    for (const queue of queues) this.#cleanUp.push(pending.from({ queue }, () => this.#queue.size(queue)));
    this.#cleanUp.push(
      cacheSize.from({ type: 'nodes' }, () => this.#state.nodes.length),
      cacheSize.from({ type: 'pods' }, () => this.#state.pods),
      cacheSize.from({ type: 'assumed_pods' }, () => this.#state.assumedPods),
    );
  }

  #wake(): void {
    if (this.#loops || !this.#watch.synced) return;
    this.#loops = true;
    this.#looping = this.#loop();
  }

  async #loop(): Promise<void> {
    const { clock } = this.#settings;
    // Handlers that made pods ready finish first.
    await turn();
    let sliceStart = clock.monotonic();
    while (!this.#signal.aborted) {
      if (this.#writer.backlog > mostRequests || clock.monotonic() - sliceStart > sliceMs) {
        await turn();
        sliceStart = clock.monotonic();
        if (this.#writer.backlog > mostRequests) continue;
      }
      const queued = this.#queue.pop();
      if (queued === undefined) break;
      this.#schedule(queued);
    }
    this.#loops = false;
  }

  #schedule(queued: QueuedPod): void {
    const { pod } = queued;
    const { clock } = this.#settings;
    const start = clock.monotonic();
    if (pod.isBeingDeleted) {
      this.#record('Warning', pod.key, 'FailedScheduling', 'Scheduling', `skip schedule deleting pod: ${pod.key}`);
      return;
    }
    if (this.#state.isAssumed(pod.uid)) return;
    try {
      const decision = this.#algorithm.decide(pod);
      this.#metrics.algorithmSeconds.of({}).observe((clock.monotonic() - start) / 1000);
      if (decision.node === undefined) {
        this.#rejected(queued, decision.diagnosis);
        this.#attempted('unschedulable', start);
        return;
      }
      this.#state.assume(pod, decision.node);
      this.#nominator.delete(pod.uid);
      void this.#bind(queued, decision.node, start);
    } catch (error) {
      this.#failed(queued, error, start);
    }
  }

  async #bind(queued: QueuedPod, node: string, start: number): Promise<void> {
    const { pod } = queued;
    try {
      const info = pod.claims.length > 0 ? this.#state.node(node) : undefined;
      if (info !== undefined) await this.#watch.storage.bindClaims(pod, info, this.#signal);
      await this.#writer.bind(pod, node);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (this.#state.forget(pod.uid)) this.#queue.notify({ type: 'AssignedPodDelete', pod });
      this.#failed(queued, error, start);
      return;
    }
    this.#attempted('scheduled', start);
    this.#metrics.podAttempts.of({}).observe(queued.attempts);
    const seconds = (this.#settings.clock.monotonic() - (queued.firstAttempt ?? start)) / 1000;
    this.#metrics.podSeconds.of({ attempts: queued.attempts >= 15 ? '15+' : String(queued.attempts) }).observe(seconds);
    this.#record('Normal', pod.key, 'Scheduled', 'Binding', `Successfully assigned ${pod.key} to ${node}`);
  }

  #rejected(queued: QueuedPod, diagnosis: Parameters<typeof describeDiagnosis>[0]): void {
    const { pod } = queued;
    if (diagnosis.nodes === 0) {
      this.#unschedulable(queued, new Set(), 'no nodes available to schedule pods', '');
      return;
    }
    if (diagnosis.isGlobal) {
      // kube-scheduler ends its search for victims with these words if a plugin rejected all nodes at once.
      this.#unschedulable(queued, diagnosis.plugins, describeDiagnosis(diagnosis, 'not found'), undefined);
      return;
    }
    const result = this.#preemption.choose(pod, diagnosis);
    this.#metrics.preemptionAttempts.add({});
    if (result.candidate === undefined) {
      const message = describeDiagnosis(diagnosis, result.message);
      this.#unschedulable(queued, diagnosis.plugins, message, result.isFinal ? '' : undefined);
      return;
    }
    this.#queue.hold(pod.uid);
    this.#unschedulable(queued, diagnosis.plugins, describeDiagnosis(diagnosis), result.candidate.node);
    void this.#evict(queued, result.candidate);
  }

  /** Puts a pod back and tells why. `nominated` is its nominated node from now on; undefined: as it was. */
  #unschedulable(
    queued: QueuedPod,
    plugins: ReadonlySet<string>,
    message: string,
    nominated: string | undefined,
  ): void {
    const { pod } = queued;
    this.#queue.putUnschedulable(queued, plugins);
    if (nominated !== undefined) this.#nominator.set(pod, nominated);
    this.#report(pod.key, pod.uid, 'Unschedulable', message, nominated);
  }

  #failed(queued: QueuedPod, error: unknown, start: number): void {
    this.#attempted('error', start);
    this.#settings.onError(error);
    const current = this.#watch.pod(queued.pod.key);
    // It was deleted, or somebody else has bound it.
    if (current === undefined || current.metadata.uid !== queued.pod.uid || current.spec?.nodeName) return;
    this.#queue.putFailed(queued);
    const message = error instanceof Error ? error.message : String(error);
    this.#report(queued.pod.key, queued.pod.uid, 'SchedulerError', message, '');
  }

  async #evict({ pod }: QueuedPod, { node, victims }: Candidate): Promise<void> {
    this.#metrics.victims.of({}).observe(victims.length);
    const message = `${pod.schedulerName}: preempting to accommodate a higher priority pod`;
    let failed = false;
    const evict = async (key: string): Promise<void> => {
      const victim = this.#watch.pod(key);
      if (victim === undefined || victim.metadata.deletionTimestamp !== undefined) return;
      await this.#writer.evict(victim, message);
      this.#record('Normal', key, 'Preempted', 'Preempting', `Preempted by pod ${pod.uid} on node ${node}`, victim);
    };
    const lesser = this.#nominator.podsOn(node).filter(({ priority }) => priority < pod.priority);
    const clear = async (key: string, uid: string): Promise<void> => {
      const nominated = this.#watch.pod(key);
      this.#nominator.delete(uid);
      if (nominated !== undefined) await this.#writer.setStatus(nominated, undefined, '');
    };
    const work = [...lesser.map(({ key, uid }) => clear(key, uid)), ...victims.map(({ key }) => evict(key))];
    for (const result of await Promise.allSettled(work)) {
      if (result.status === 'fulfilled') continue;
      failed = true;
      this.#settings.onError(result.reason);
    }
    this.#queue.release(pod.uid, failed);
  }

  /** Records why a pod has no node, as an event and as a condition. */
  #report(key: string, uid: string, reason: string, message: string, nominated: string | undefined): void {
    const current = this.#watch.pod(key);
    if (current === undefined || current.metadata.uid !== uid) return;
    this.#record('Warning', key, 'FailedScheduling', 'Scheduling', message, current);
    const condition = { type: 'PodScheduled', status: 'False', reason, message } as const;
    this.#writer.setStatus(current, condition, nominated).catch((error: unknown) => this.#settings.onError(error));
  }

  #record(
    type: 'Normal' | 'Warning',
    key: string,
    reason: string,
    action: string,
    note: string,
    regarding: PodObject | undefined = this.#watch.pod(key),
  ): void {
    if (regarding !== undefined) this.#recorder.record(type, regarding, { reason, action, note });
  }

  #attempted(result: 'scheduled' | 'unschedulable' | 'error', start: number): void {
    const labels = { profile: this.#settings.schedulerName, result };
    this.#metrics.attempts.add(labels);
    this.#metrics.attemptSeconds.of(labels).observe((this.#settings.clock.monotonic() - start) / 1000);
  }
}
