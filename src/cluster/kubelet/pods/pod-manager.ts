import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../../generated/core/v1.js';
import { type DeepReadonly, formatTime } from '../../../meta/index.js';
import { type AdmittingNode, admitPod } from './pod-admission.js';
import { resizeProblem } from './pod-allocation.js';
import type { PodContext } from './pod-context.js';
import { deletePod } from './pod-deletion.js';
import { PodWorker } from './pod-worker.js';
import { StatusWriter } from './status-writer.js';

/** The node as pods are admitted to it. */
export interface NodeSource {
  /** The node as it is known here. */
  known(): AdmittingNode;
  /** The node as the server has it now. */
  current(signal: AbortSignal): Promise<AdmittingNode>;
}

/** The pods of one node: those that run, and those that have ended and are not deleted yet. */
export class PodManager {
  readonly #context: PodContext;
  readonly #node: NodeSource;
  /** Pods whose admission waits for the newest labels of the node. */
  readonly #waiting = new Map<string, DeepReadonly<Pod>>();
  readonly #workers = new Map<string, PodWorker>();
  /** Pods that had ended before this kubelet saw them, or that it does not run. */
  readonly #others = new Map<string, DeepReadonly<Pod>>();
  /** Pods that do not exist at the server any more. */
  readonly #gone = new Set<string>();
  readonly #work = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(context: PodContext, node: NodeSource) {
    this.#context = context;
    this.#node = node;
  }

  /** All pods of the node, with the status that this kubelet knows. */
  get pods(): readonly DeepReadonly<Pod>[] {
    return [...[...this.#workers.values()].map(({ observed }) => observed), ...this.#others.values()];
  }

  /** The pods that this kubelet runs or has run. */
  get workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** Returns the pod of that name, the newest one if there are several. */
  find(namespace: string, name: string): DeepReadonly<Pod> | undefined {
    return this.pods.findLast(({ metadata }) => metadata?.namespace === namespace && metadata.name === name);
  }

  /** Returns the worker of the pod of that name. */
  worker(namespace: string, name: string): PodWorker | undefined {
    const uid = this.find(namespace, name)?.metadata?.uid;
    return uid === undefined ? undefined : this.#workers.get(uid);
  }

  /** Takes a pod that is new, or has changed. */
  apply(pod: DeepReadonly<Pod>): void {
    if (this.#closing.signal.aborted) return;
    const uid = pod.metadata?.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker !== undefined) {
      const deleting = pod.metadata?.deletionTimestamp !== undefined;
      worker.update(pod);
      this.#resize(worker);
      if (deleting && worker.over) this.#finish(worker);
      return;
    }
    const { phase } = pod.status ?? {};
    const ended = phase === 'Succeeded' || phase === 'Failed';
    if (pod.metadata?.deletionTimestamp !== undefined) {
      this.#others.delete(uid);
      this.#waiting.delete(uid);
      this.#track(deletePod(this.#context, pod, this.#closing.signal));
    } else if (ended) this.#others.set(uid, pod);
    else if (this.#waiting.has(uid)) this.#waiting.set(uid, pod);
    else if (!this.#others.has(uid)) this.#admit(pod, this.#node.known());
  }

  /** Takes the news that a pod does not exist any more. */
  forget(pod: DeepReadonly<Pod>): void {
    const uid = pod.metadata?.uid ?? '';
    this.#others.delete(uid);
    this.#waiting.delete(uid);
    const worker = this.#workers.get(uid);
    if (worker === undefined) return;
    const { deletionGracePeriodSeconds } = pod.metadata ?? {};
    worker.terminate(deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30);
    if (worker.over) this.#finish(worker);
    else this.#gone.add(uid);
  }

  /** Removes the files of pods that are not here any more. */
  async cleanUp(): Promise<void> {
    const { rootDir } = this.#context;
    const known = new Set([...this.#workers.keys(), ...this.#others.keys()]);
    for (const folder of [join(rootDir, 'pods'), join(rootDir, 'logs', 'pods')]) {
      const names = await readdir(folder).catch(() => []);
      const left = names.filter((name) => !known.has(name.slice(name.lastIndexOf('_') + 1)));
      await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    }
  }

  /** Ends all processes and forgets the pods. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await Promise.all(this.#work);
  }

  /** Admits a pod whose node may have got labels that are not known here yet, as the real kubelet does. */
  async #admitWithCurrentNode(uid: string): Promise<void> {
    const { signal } = this.#closing;
    const node = await this.#node.current(signal).catch(() => this.#node.known());
    const pod = this.#waiting.get(uid);
    this.#waiting.delete(uid);
    if (pod !== undefined && !signal.aborted) this.#admit(pod, node, true);
  }

  #admit(pod: DeepReadonly<Pod>, node: AdmittingNode, isCurrent = false): void {
    const others = this.#running().map((worker) => worker.allocated);
    const rejection = admitPod(pod, others, node);
    if (rejection?.reason === 'NodeAffinity' && !isCurrent) {
      const uid = pod.metadata?.uid ?? '';
      this.#waiting.set(uid, pod);
      this.#track(this.#admitWithCurrentNode(uid));
      return;
    }
    if (rejection !== undefined) {
      this.#reject(pod, rejection);
      return;
    }
    const worker = new PodWorker(pod, this.#context);
    this.#workers.set(worker.uid, worker);
    this.#track(
      worker.run().then(() => {
        const deleting = worker.pod.metadata?.deletionTimestamp !== undefined;
        if (deleting || this.#gone.has(worker.uid)) this.#finish(worker);
        for (const other of this.#running()) this.#resize(other);
      }),
    );
  }

  /** The pods that take resources. Pods that the server has no more of are ending: the scheduler has given their places away. */
  #running(): PodWorker[] {
    return [...this.#workers.values()].filter(({ over, uid }) => !over && !this.#gone.has(uid));
  }

  /** Grants a pod the resources that it asks for now, if the node has them. */
  #resize(worker: PodWorker): void {
    if (!worker.isResized) return;
    const others = this.#running().filter((one) => one !== worker);
    worker.resize(
      resizeProblem(
        worker.pod,
        others.map(({ allocated }) => allocated),
        this.#node.known(),
      ),
    );
  }

  #reject(pod: DeepReadonly<Pod>, { reason, message }: { reason: string; message: string }): void {
    const { uid = '', namespace = '', name = '' } = pod.metadata ?? {};
    this.#context.events.pod(pod, { type: 'Warning', reason, message });
    const status = {
      ...structuredClone(pod.status),
      phase: 'Failed' as const,
      reason,
      message: `Pod was rejected: ${message}`,
      startTime: formatTime(this.#context.clock.now()),
    } as NonNullable<Pod['status']>;
    this.#others.set(uid, { ...pod, status });
    const writer = new StatusWriter(this.#context, { namespace, name, uid }, pod.status ?? {});
    writer.set(status, this.#closing.signal);
    this.#track(writer.flushed());
  }

  /** Deletes a pod that has ended, here and at the server. */
  #finish(worker: PodWorker): void {
    if (this.#closing.signal.aborted) return;
    this.#track(
      worker.remove().then(() => {
        this.#workers.delete(worker.uid);
        this.#gone.delete(worker.uid);
      }),
    );
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => {
      process.emitWarning(`a pod worker failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
    this.#work.add(tracked);
    void tracked.then(() => this.#work.delete(tracked));
  }
}
