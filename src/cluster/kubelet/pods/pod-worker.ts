import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, Pod } from '../../../../generated/core/v1.js';
import { type DeepReadonly, parseTime } from '../../../meta/index.js';
import type { Timer } from '../../../util/clock.js';
import { containerEnvironment } from '../environment/container-environment.js';
import { textOf } from '../probes/probe-result.js';
import type { PodSandbox } from '../runtime/container-runtime.js';
import { PodVolumes } from '../volumes/pod-volumes.js';
import { ContainerRunner, type RunnerPod } from './container-runner.js';
import { GracePeriod } from './grace-period.js';
import { type PendingResize, PodAllocation } from './pod-allocation.js';
import type { PodContext } from './pod-context.js';
import { deletePod } from './pod-deletion.js';
import { podStatus } from './pod-status.js';
import { type ContainerRole, isSidecar } from './restart-policy.js';
import { StatusWriter } from './status-writer.js';

/** The volumes are brought up to date so often. */
const VOLUME_SYNC_MS = 60_000;
const RETRY_MS = 2_000;
const DEADLINE_MESSAGE = 'Pod was active on the node longer than the specified deadline';

/** Walks one pod through its life on this node. */
export class PodWorker implements RunnerPod {
  readonly uid: string;
  readonly folder: string;
  readonly #context: PodContext;
  readonly #volumes: PodVolumes;
  readonly #status: StatusWriter;
  readonly #startTime: number;
  readonly #allocation: PodAllocation;
  /** Aborts when the containers are to end. */
  readonly #stopping = new AbortController();
  /** Aborts when this kubelet stops. */
  readonly #closing = new AbortController();
  readonly #runners: ContainerRunner[] = [];
  readonly #ephemeral: Promise<boolean>[] = [];
  #deadline: Timer | undefined;
  #pod: DeepReadonly<Pod>;
  #sandbox: PodSandbox | undefined;
  #grace: GracePeriod | undefined;
  #ending: Promise<void> | undefined;
  #terminal = false;
  #failure: { reason: string; message: string } | undefined;

  constructor(pod: DeepReadonly<Pod>, context: PodContext) {
    const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
    this.uid = uid;
    this.folder = join(context.rootDir, 'pods', uid);
    this.#pod = pod;
    this.#context = context;
    this.#volumes = new PodVolumes(join(this.folder, 'volumes'));
    this.#status = new StatusWriter(context, { namespace, name, uid }, pod.status ?? {});
    const { startTime } = pod.status ?? {};
    this.#startTime = startTime === undefined ? context.clock.now() : parseTime(startTime);
    this.#allocation = new PodAllocation(pod);
    this.#addRunners();
    this.#setDeadline();
  }

  get pod(): DeepReadonly<Pod> {
    return this.#pod;
  }

  /** The pod with the resources that the node has granted it. */
  get allocated(): DeepReadonly<Pod> {
    return this.#allocation.pod(this.#pod);
  }

  /** True: the pod asks for other resources than those that the node has granted it. */
  get isResized(): boolean {
    return !this.#terminal && this.#allocation.isResized(this.#pod);
  }

  /** The pod with the status that this kubelet knows. */
  get observed(): DeepReadonly<Pod> {
    return { ...this.#pod, status: this.#status.latest };
  }

  get sandbox(): PodSandbox {
    if (this.#sandbox === undefined) throw new Error('the pod has no sandbox yet');
    return this.#sandbox;
  }

  get runners(): readonly ContainerRunner[] {
    return this.#runners;
  }

  /** True once the pod has ended and no container of it will run again. */
  get over(): boolean {
    return this.#terminal;
  }

  /** Returns the container of that name. */
  runner(name: string): ContainerRunner | undefined {
    return this.#runners.find(({ spec }) => spec.name === name);
  }

  /** Runs the pod to its end, and deletes it at the server if that was asked for. */
  async run(): Promise<void> {
    try {
      if (await this.#setUp()) await this.#runContainers();
      this.#deadline?.cancel();
      await this.#end();
      await Promise.all(this.#ephemeral);
    } finally {
      this.#terminal = true;
      this.#deadline?.cancel();
    }
    this.changed();
    await this.#status.flushed();
    await this.#sandbox?.remove();
    if (!this.#closing.signal.aborted) await this.#volumes.remove();
  }

  /** Takes a new state of the pod from the server. */
  update(pod: DeepReadonly<Pod>): void {
    const hasOtherDeadline = pod.spec?.activeDeadlineSeconds !== this.#pod.spec?.activeDeadlineSeconds;
    this.#pod = pod;
    if (hasOtherDeadline && !this.#terminal) this.#setDeadline();
    for (const { container } of containersOf(pod)) {
      const runner = this.runner(container.name);
      if (runner === undefined) this.#startEphemeral(container);
      else runner.update(this.#allocation.of(container));
    }
    if (pod.metadata?.deletionTimestamp !== undefined) this.terminate(pod.metadata.deletionGracePeriodSeconds ?? 0);
    else this.changed();
  }

  /** Grants the pod the resources of its spec, or notes why the node cannot. */
  resize(problem: PendingResize | undefined): void {
    const before = this.#allocation.pending;
    if (problem === undefined) {
      this.#allocation.grant(this.#pod);
      for (const { container } of containersOf(this.#pod)) this.runner(container.name)?.update(container);
    } else {
      this.#allocation.pending = problem;
      if (before?.message !== problem.message) {
        this.#context.events.pod(this.#pod, {
          type: 'Warning',
          reason: `Resize${problem.reason}`,
          message: problem.message,
        });
      }
    }
    this.changed();
  }

  /** Ends the containers within so many seconds. A later call may shorten the time. */
  terminate(graceSeconds: number): void {
    if (this.#grace === undefined) this.#grace = new GracePeriod(this.#context.clock, graceSeconds);
    else this.#grace.shorten(graceSeconds);
    this.#stopping.abort();
    this.#ending ??= this.#stopContainers(this.#grace);
  }

  /** Deletes the pod at the server, once it has ended. */
  async remove(): Promise<void> {
    await deletePod(this.#context, this.#pod, this.#closing.signal);
    await rm(this.folder, { recursive: true, force: true });
    const { namespace, name, uid } = this.#pod.metadata ?? {};
    await rm(join(this.#context.rootDir, 'logs', 'pods', `${namespace}_${name}_${uid}`), {
      recursive: true,
      force: true,
    });
  }

  /** Counts the time that the pod may be active from its start. It may be set or shortened later. */
  #setDeadline(): void {
    this.#deadline?.cancel();
    const { clock } = this.#context;
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const left = this.#startTime + seconds * 1000 - clock.now();
    this.#deadline = clock.setTimer(left, () => this.#exceedDeadline());
  }

  /** Ends the processes at once, because this kubelet stops. The server hears nothing of it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#deadline?.cancel();
    this.#stopping.abort();
    for (const { instance } of this.#runners) instance?.kill('SIGKILL');
    await this.#stopContainers(new GracePeriod(this.#context.clock, 0));
    await this.#sandbox?.remove();
  }

  async prepare(container: DeepReadonly<Container>) {
    const { hostIPs, services, allocatable, sources, variables } = this.#context;
    const env = await containerEnvironment({
      pod: this.#pod,
      container,
      addresses: { hostIPs, podIPs: this.sandbox.addresses },
      services: services(),
      allocatable,
      variables,
      sources,
      volumeFile: (volume, path) => this.#volumes.file(volume, path),
    });
    return { env, mounts: await this.#volumes.mountsOf(container, env) };
  }

  changed(): void {
    if (this.#closing.signal.aborted) return;
    // A pod has not failed before its last container has ended.
    const ended = this.#runners.every(({ state }) => state.running === undefined);
    const status = podStatus(this.#pod, this.#status.latest, {
      runners: this.#runners,
      hostIPs: this.#context.hostIPs,
      podIPs: this.#sandbox?.addresses ?? [],
      startTime: this.#startTime,
      sandboxReady: this.#sandbox !== undefined && !this.#terminal,
      terminal: this.#terminal || this.#stopping.signal.aborted,
      failure: ended ? this.#failure : undefined,
      pendingResize: this.isResized ? this.#allocation.pending : undefined,
      now: this.#context.clock.now(),
    });
    this.#status.set(status, this.#closing.signal);
  }

  /** Makes the sandbox and the volumes. Resolves to false when the pod ended meanwhile. */
  async #setUp(): Promise<boolean> {
    const { runtime, events, clock } = this.#context;
    const { signal } = this.#stopping;
    this.changed();
    const { metadata, spec } = this.#pod;
    while (!signal.aborted) {
      let reason = 'FailedCreatePodSandBox';
      try {
        await mkdir(this.folder, { recursive: true, mode: 0o750 });
        this.#sandbox ??= await runtime.createSandbox({
          uid: this.uid,
          namespace: metadata?.namespace ?? '',
          name: metadata?.name ?? '',
          hostname: spec?.hostnameOverride ?? spec?.hostname ?? metadata?.name ?? '',
          hostNetwork: spec?.hostNetwork ?? false,
        });
        reason = 'FailedMount';
        await this.#syncVolumes();
        void this.#keepVolumes(signal);
        this.changed();
        return !signal.aborted;
      } catch (error) {
        const prefix = reason === 'FailedMount' ? '' : 'Failed to create pod sandbox: ';
        events.pod(this.#pod, { type: 'Warning', reason, message: `${prefix}${textOf(error)}` });
        await clock.sleep(RETRY_MS, { signal }).catch(() => {});
      }
    }
    return false;
  }

  async #runContainers(): Promise<void> {
    const sidecars: Promise<boolean>[] = [];
    for (const runner of this.#runners.filter(({ role }) => role === 'init' || role === 'sidecar')) {
      if (this.#stopping.signal.aborted) return;
      if (runner.role === 'sidecar') {
        sidecars.push(runner.run());
        await this.#untilStarted(runner);
      } else if (!(await runner.run())) return;
    }
    if (this.#stopping.signal.aborted) return;
    const regular = this.#runners.filter(({ role }) => role === 'regular');
    const running = regular.map((runner) => runner.run());
    for (const { container, role } of containersOf(this.#pod)) {
      if (role === 'ephemeral') this.#startEphemeral(container);
    }
    await Promise.all(running);
    if (sidecars.length > 0) this.terminate(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    await Promise.all(sidecars);
  }

  /** Waits until a sidecar has started, or the pod ends. */
  async #untilStarted(runner: ContainerRunner): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stopping;
    while (!runner.started && !signal.aborted) await clock.sleep(50, { signal }).catch(() => {});
  }

  #startEphemeral(container: DeepReadonly<Container>): void {
    if (this.#sandbox === undefined || this.#stopping.signal.aborted || this.runner(container.name) !== undefined)
      return;
    const runner = new ContainerRunner(container, 'ephemeral', this, this.#context, {
      waiting: { reason: 'ContainerCreating' },
    });
    this.#runners.push(runner);
    this.#ephemeral.push(runner.run());
  }

  #addRunners(): void {
    const { spec, status } = this.#pod;
    const reason = (spec?.initContainers?.length ?? 0) > 0 ? 'PodInitializing' : 'ContainerCreating';
    const found = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    for (const { container, role } of containersOf(this.#pod)) {
      if (role === 'ephemeral') continue;
      const before = found.find(({ name }) => name === container.name);
      const runner = new ContainerRunner(this.#allocation.of(container), role, this, this.#context, {
        waiting: { reason },
      });
      if (before !== undefined) runner.resume(before);
      this.#runners.push(runner);
    }
  }

  async #syncVolumes(): Promise<void> {
    const { hostIPs, allocatable, sources, runtime } = this.#context;
    const features = await runtime.securityFeatures?.();
    const namespace = this.#pod.metadata?.namespace ?? '';
    await this.#volumes.sync(this.#pod.spec?.volumes ?? [], {
      pod: this.#pod,
      addresses: { hostIPs, podIPs: this.sandbox.addresses },
      allocatable,
      sources,
      claimed: (claimName) => this.#context.claims.volumeOf(namespace, claimName),
      fsGroup: features?.has('users') === true ? this.#pod.spec?.securityContext?.fsGroup : undefined,
      token: (audience, seconds) => this.#context.tokens.get(this.#pod, audience, seconds),
    });
  }

  /** Keeps ConfigMaps, Secrets and tokens in volumes up to date. */
  async #keepVolumes(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    while (!signal.aborted) {
      await clock.sleep(VOLUME_SYNC_MS, { signal }).catch(() => {});
      if (signal.aborted) return;
      // What cannot be read now stays as it is until the next time.
      await this.#syncVolumes().catch(() => {});
    }
  }

  #exceedDeadline(): void {
    this.#failure = { reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE };
    this.#context.events.pod(this.#pod, { type: 'Normal', reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE });
    this.terminate(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    this.changed();
  }

  /** Ends what still runs after the containers have: ephemeral ones, and sidecars of a pod that failed. */
  async #end(): Promise<void> {
    if (this.#ending === undefined) this.terminate(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    await this.#ending;
  }

  /** Stops the containers: the regular ones together, and then the sidecars from the last one on. */
  async #stopContainers(grace: GracePeriod): Promise<void> {
    const stop = (runner: ContainerRunner) => runner.stop(`Stopping container ${runner.spec.name}`, grace);
    const sidecars = this.#runners.filter(({ role }) => role === 'sidecar');
    await Promise.all(this.#runners.filter(({ role }) => role !== 'sidecar').map(stop));
    for (const sidecar of sidecars.reverse()) await stop(sidecar);
  }
}

/** Lists the containers of a pod in the order in which they start. */
function containersOf(pod: DeepReadonly<Pod>): { container: DeepReadonly<Container>; role: ContainerRole }[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [
    ...initContainers.map((container) => ({
      container,
      role: isSidecar(container) ? ('sidecar' as const) : ('init' as const),
    })),
    ...containers.map((container) => ({ container, role: 'regular' as const })),
    ...ephemeralContainers.map((container) => ({ container, role: 'ephemeral' as const })),
  ];
}
