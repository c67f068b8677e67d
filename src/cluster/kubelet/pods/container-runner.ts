import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
} from '../../../../generated/core/v1.js';
import { type DeepReadonly, durationFromMs, formatTime } from '../../../meta/index.js';
import { expandCommand } from '../environment/container-environment.js';
import { LogFile } from '../logs/container-log-file.js';
import { runProbe } from '../probes/container-probe.js';
import { type ProbeKind, repeatProbe } from '../probes/probe-loop.js';
import { textOf } from '../probes/probe-result.js';
import { ContainerError } from '../runtime/container-error.js';
import type { ImageRef, PodSandbox, VolumeMountPoint } from '../runtime/container-runtime.js';
import { containerSecurity, nonRootProblem, unhonouredFields } from '../runtime/container-security.js';
import { ContainerInstance } from './container-instance.js';
import { GracePeriod } from './grace-period.js';
import { runHook } from './lifecycle-hook.js';
import { changedResources } from './pod-allocation.js';
import { type PodContext, podText } from './pod-context.js';
import type { PodEvent } from './pod-events.js';
import { type ContainerRole, RestartBackoff, shouldRestart } from './restart-policy.js';
import { defaultTerminationPath, terminationMessage } from './termination-message.js';

/** The pod that a container belongs to, as its runner sees it. */
export interface RunnerPod {
  /** The newest state of the pod. */
  readonly pod: DeepReadonly<Pod>;
  readonly sandbox: PodSandbox;
  /** A folder of the pod's own. */
  readonly folder: string;
  /** Returns the variables and the mounts of a container. Throws a `ContainerError` when something is missing. */
  prepare(container: DeepReadonly<Container>): Promise<{
    readonly env: Readonly<Record<string, string>>;
    readonly mounts: readonly VolumeMountPoint[];
  }>;
  /** Hears of every change of a container's state. */
  changed(): void;
}

/** The pause after a container that could not be prepared. */
const RETRY_MS = 10_000;
/** The reason for a missing image shows for so long, before the back-off does. */
const FIRST_LOOK_MS = 1_000;
/** Containers get at least so long between SIGTERM and SIGKILL. */
const LEAST_GRACE_MS = 2_000;
const DEFAULT_GRACE_SECONDS = 30;

/** Runs one container of a pod: starts it, probes it, and starts it again as its restart policy says. */
export class ContainerRunner {
  readonly role: ContainerRole;
  readonly #owner: RunnerPod;
  readonly #context: PodContext;
  readonly #backoff: RestartBackoff;
  readonly #imageBackoff: RestartBackoff;
  readonly #stopping = new AbortController();
  readonly #logs: LogFile[] = [];
  #spec: DeepReadonly<Container>;
  #instance: ContainerInstance | undefined;
  #attempt = 0;
  /** True: the container was ended in order to run again. */
  #restarting = false;
  /** The end of a container that ran under an earlier kubelet. */
  #found: ContainerStateTerminated | undefined;
  state: ContainerState;
  lastState: ContainerState = {};
  restartCount = 0;
  ready = false;
  started = false;
  containerID = '';
  image: ImageRef = { id: '' };
  /** The number of probes by kind and result, such as `Liveness/successful`. */
  readonly probes = new Map<string, number>();
  /** True once a process of the container has run. */
  everStarted = false;

  constructor(
    spec: DeepReadonly<Container>,
    role: ContainerRole,
    owner: RunnerPod,
    context: PodContext,
    initial: ContainerState,
  ) {
    this.#spec = spec;
    this.role = role;
    this.#owner = owner;
    this.#context = context;
    this.#backoff = new RestartBackoff(context.clock);
    this.#imageBackoff = new RestartBackoff(context.clock);
    this.state = initial;
  }

  get spec(): DeepReadonly<Container> {
    return this.#spec;
  }

  /** The attempt that runs now, if one does. */
  get instance(): ContainerInstance | undefined {
    return this.#instance?.over === false ? this.#instance : undefined;
  }

  /** The log of the newest attempt. */
  get log(): LogFile | undefined {
    return this.#logs.at(-1);
  }

  /** The log of the attempt before. */
  get previousLog(): LogFile | undefined {
    return this.#logs.at(-2);
  }

  /** Goes on from the status that an earlier kubelet wrote. A container that ran then has ended without being seen. */
  resume({ state, lastState, restartCount, containerID = '', imageID }: DeepReadonly<ContainerStatus>): void {
    if (containerID === '') return;
    this.containerID = containerID;
    this.image = { id: imageID };
    this.restartCount = restartCount;
    this.#attempt = restartCount + 1;
    this.everStarted = true;
    this.lastState = { ...lastState };
    const lost = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      containerID,
    };
    if (state?.running !== undefined) this.#found = { ...lost, startedAt: state.running.startedAt };
    else if (state?.terminated !== undefined) this.#found = { ...state.terminated };
    if (this.#found === undefined) this.state = { waiting: { reason: 'ContainerCreating' } };
    else this.state = { terminated: this.#found };
    this.ready = this.role === 'init' && this.#found?.exitCode === 0;
  }

  /** Takes a new spec. A container whose image has changed is started again, and one that is to be for a resize. */
  update(spec: DeepReadonly<Container>): void {
    const changed = spec.image !== this.#spec.image;
    const resized = changedResources(this.#spec.resources, spec.resources);
    this.#spec = spec;
    const restarts = spec.resizePolicy?.some(
      ({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && resized.includes(resourceName),
    );
    if (changed) void this.#restart(`Container ${spec.name} definition changed, will be restarted`);
    else if (restarts === true) void this.#restart(`Container ${spec.name} resize requires restart`);
  }

  /** Runs the container until it has ended for good. Resolves to true when it succeeded. */
  async run(): Promise<boolean> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const ended = this.#found ?? (await this.#runOnce(signal));
      this.#found = undefined;
      if (signal.aborted) break;
      if (ended === undefined) {
        await this.#sleep(RETRY_MS);
        continue;
      }
      const policy = this.#owner.pod.spec?.restartPolicy;
      const again = this.#restarting
        ? policy !== 'Never'
        : shouldRestart(this.#spec, this.role, policy, ended.exitCode);
      this.#restarting = false;
      if (!again) return ended.exitCode === 0;
      await this.#backOff(ended);
    }
    return this.state.terminated?.exitCode === 0;
  }

  /** Ends the container for good, within the grace period. Resolves when it has ended. */
  async stop(message: string, grace: GracePeriod): Promise<void> {
    this.#stopping.abort();
    const { instance } = this;
    if (instance !== undefined) await this.#end(instance, message, grace);
  }

  /** Waits until a running container has ended, however it does. */
  async ended(): Promise<void> {
    await this.#instance?.exited;
  }

  async #findImage(signal: AbortSignal): Promise<ImageRef | undefined> {
    const { sandbox } = this.#owner;
    while (!signal.aborted) {
      const { image = '', command } = this.#spec;
      try {
        const found = await sandbox.findImage(image, command !== undefined && command.length > 0);
        this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
        this.image = found;
        return found;
      } catch (error) {
        const why = textOf(error);
        this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${why}`);
        this.#event('Warning', 'Failed', 'Error: ErrImagePull');
        this.#wait('ErrImagePull', why);
        const delayMs = this.#imageBackoff.next() || RETRY_MS;
        await this.#sleep(FIRST_LOOK_MS);
        if (signal.aborted) return undefined;
        this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
        this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
        this.#wait('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`);
        await this.#sleep(delayMs - FIRST_LOOK_MS);
      }
    }
    return undefined;
  }

  /** Runs one attempt to its end. Resolves to undefined when the container could not be prepared. */
  async #runOnce(signal: AbortSignal): Promise<ContainerStateTerminated | undefined> {
    const image = await this.#findImage(signal);
    if (image === undefined) return undefined;
    const { name, tty = false, stdin = false, stdinOnce = false, workingDir } = this.#spec;
    const { clock, runtime } = this.#context;
    const id = this.#newId();
    const folder = join(this.#owner.folder, 'containers', name, String(this.#attempt));
    const terminationFile = join(folder, 'termination-log');
    const startedAt = clock.now();
    this.containerID = `${runtime.name}://${id}`;
    let instance: ContainerInstance;
    try {
      await this.#checkSecurity();
      const { env, mounts } = await this.#owner.prepare(this.#spec);
      await mkdir(folder, { recursive: true });
      await writeFile(terminationFile, '', { mode: 0o666 });
      const log = await this.#newLog();
      if (signal.aborted) return undefined;
      const path = this.#spec.terminationMessagePath ?? defaultTerminationPath;
      const process = await this.#owner.sandbox.start({
        id,
        name,
        image: this.#spec.image ?? '',
        ...expandCommand(this.#spec, env),
        env,
        workingDir: workingDir || undefined,
        folder,
        mounts: [...mounts, { source: terminationFile, path, readOnly: false }],
        security: containerSecurity(this.#owner.pod.spec, this.#spec),
        stdin,
        tty,
      });
      instance = new ContainerInstance({ id, process, log, tty, stdinOnce, clock });
    } catch (error) {
      return this.#failed(error, startedAt);
    }
    this.image = image;
    this.restartCount = this.#attempt++;
    this.#instance = instance;
    this.everStarted = true;
    this.#event('Normal', 'Created', 'Container created');
    this.#event('Normal', 'Started', 'Container started');
    this.#running(instance);
    const life = new AbortController();
    void this.#live(instance, life.signal);
    const exit = await instance.exited;
    life.abort();
    const message =
      exit.message ?? (await terminationMessage(this.#spec, terminationFile, instance.log, exit.exitCode));
    return this.#terminated({
      exitCode: exit.exitCode,
      reason: exit.reason ?? (exit.exitCode === 0 ? 'Completed' : 'Error'),
      ...(message === '' ? {} : { message }),
      startedAt: formatTime(instance.startedAt),
    });
  }

  /** Throws a `ContainerError` for a container that would run as root and must not. Reports the settings that are not honoured. */
  async #checkSecurity(): Promise<void> {
    const { spec, metadata } = this.#owner.pod;
    const { runtime } = this.#context;
    const problem = nonRootProblem(spec, this.#spec, runtime.user, podText(metadata));
    if (problem !== undefined) throw new ContainerError('CreateContainerConfigError', problem);
    const features = (await runtime.securityFeatures?.()) ?? new Set();
    const fields = unhonouredFields(spec, this.#spec, features);
    if (fields.length === 0) return;
    const note = `The runtime ${runtime.name} of this node does not honour ${fields.join(', ')} of the security context`;
    this.#event('Warning', 'SecurityContextNotHonoured', note);
  }

  #running(instance: ContainerInstance): void {
    const { startupProbe, readinessProbe } = this.#spec;
    if (this.state.terminated !== undefined) this.lastState = { terminated: this.state.terminated };
    this.state = { running: { startedAt: formatTime(instance.startedAt) } };
    const posting = this.#spec.lifecycle?.postStart !== undefined;
    this.started = startupProbe === undefined && !posting;
    this.ready = this.started && readinessProbe === undefined && this.role !== 'init';
    this.#owner.changed();
  }

  /** Runs the hook after the start, and then the probes, while the container lives. */
  async #live(instance: ContainerInstance, signal: AbortSignal): Promise<void> {
    const { lifecycle, startupProbe, livenessProbe, readinessProbe } = this.#spec;
    if (lifecycle?.postStart !== undefined) {
      try {
        await runHook(lifecycle.postStart, { ...this.#target(instance) }, signal);
      } catch {
        // The message may hold what the server of the hook said, so it is not reported.
        this.#event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
        await this.#end(instance, 'FailedPostStartHook', this.#graceOf());
        return;
      }
      if (signal.aborted) return;
    }
    if (startupProbe !== undefined) await this.#probe('Startup', instance, signal);
    else this.#nowStarted();
    if (signal.aborted || !this.started) return;
    const probes: ProbeKind[] = [];
    if (livenessProbe !== undefined) probes.push('Liveness');
    if (readinessProbe !== undefined) probes.push('Readiness');
    await Promise.all(probes.map((kind) => this.#probe(kind, instance, signal)));
  }

  #nowStarted(): void {
    if (this.started) return;
    this.started = true;
    this.ready = this.#spec.readinessProbe === undefined && this.role !== 'init';
    this.#owner.changed();
  }

  async #probe(kind: ProbeKind, instance: ContainerInstance, signal: AbortSignal): Promise<void> {
    const { startupProbe, livenessProbe, readinessProbe } = this.#spec;
    const probe = { Startup: startupProbe, Liveness: livenessProbe, Readiness: readinessProbe }[kind];
    if (probe === undefined) return;
    const { name } = this.#spec;
    await repeatProbe(
      {
        kind,
        probe,
        clock: this.#context.clock,
        startedAt: instance.startedAt,
        ask: async (asking) => {
          const result = await runProbe(probe, this.#target(instance), asking);
          const key = `${kind}/${result.ok ? 'successful' : 'failed'}`;
          this.probes.set(key, (this.probes.get(key) ?? 0) + 1);
          return result;
        },
        onFailure: (output) => this.#event('Warning', 'Unhealthy', `${kind} probe failed: ${output}`),
        onVerdict: (ok) => {
          if (kind === 'Startup' && ok) this.#nowStarted();
          else if (kind === 'Readiness') this.#setReady(ok);
          else if (!ok) {
            const grace = new GracePeriod(
              this.#context.clock,
              probe.terminationGracePeriodSeconds ?? this.#graceSeconds(),
            );
            void this.#restart(`Container ${name} failed ${kind.toLowerCase()} probe, will be restarted`, grace);
          }
        },
      },
      signal,
    );
  }

  #setReady(ready: boolean): void {
    if (this.ready === ready) return;
    this.ready = ready;
    this.#owner.changed();
  }

  /** Ends the running attempt, so that the loop starts another. */
  async #restart(message: string, grace: GracePeriod = this.#graceOf()): Promise<void> {
    const { instance } = this;
    if (instance === undefined || this.#stopping.signal.aborted) return;
    this.#restarting = true;
    await this.#end(instance, message, grace);
  }

  async #end(instance: ContainerInstance, message: string, grace: GracePeriod): Promise<void> {
    this.#event('Normal', 'Killing', message);
    const preStop = this.#spec.lifecycle?.preStop;
    if (preStop !== undefined && grace.remainingMs > 0) {
      const late = new AbortController();
      const hook = runHook(preStop, this.#target(instance), late.signal).catch(() => {
        if (!late.signal.aborted) this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed');
      });
      await grace.waitFor(Promise.race([hook, instance.exited]));
      late.abort();
    }
    if (instance.over) return;
    instance.kill(this.#spec.lifecycle?.stopSignal ?? 'SIGTERM');
    if (!(await grace.waitFor(instance.exited, LEAST_GRACE_MS))) instance.kill('SIGKILL');
    await instance.exited;
  }

  #target(instance: ContainerInstance) {
    const { sandbox } = this.#owner;
    const dial = (host: string, port: number) => sandbox.dial(host, port);
    const address = sandbox.addresses[0] ?? '127.0.0.1';
    return { container: this.#spec, instance, address, dial, clock: this.#context.clock };
  }

  #graceSeconds(): number {
    return this.#owner.pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  }

  #graceOf(): GracePeriod {
    return new GracePeriod(this.#context.clock, this.#graceSeconds());
  }

  /** Notes that the container could not be started. Returns its end, or undefined when it was not even created. */
  #failed(error: unknown, startedAt: number): ContainerStateTerminated | undefined {
    const reason = error instanceof ContainerError ? error.reason : 'CreateContainerError';
    const message = textOf(error);
    this.#event('Warning', 'Failed', `Error: ${message}`);
    if (reason !== 'StartError') {
      this.#wait(reason, message);
      return undefined;
    }
    this.restartCount = this.#attempt++;
    if (this.state.terminated !== undefined) this.lastState = { terminated: this.state.terminated };
    return this.#terminated({ exitCode: 128, reason, message, startedAt: formatTime(startedAt) });
  }

  #terminated(facts: Omit<ContainerStateTerminated, 'finishedAt' | 'containerID'>): ContainerStateTerminated {
    const terminated = { ...facts, finishedAt: formatTime(this.#context.clock.now()), containerID: this.containerID };
    this.state = { terminated };
    this.started = false;
    this.ready = this.role === 'init' && facts.exitCode === 0;
    this.#owner.changed();
    return terminated;
  }

  async #backOff(ended: ContainerStateTerminated): Promise<void> {
    const delayMs = this.#backoff.next();
    if (delayMs === 0) return;
    const pod = podText(this.#owner.pod.metadata);
    const { name } = this.#spec;
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${pod}`);
    this.lastState = { terminated: ended };
    const text = durationFromMs(delayMs);
    this.#wait('CrashLoopBackOff', `back-off ${text} restarting failed container=${name} pod=${pod}`);
    await this.#sleep(delayMs);
  }

  #wait(reason: string, message: string): void {
    if (this.state.terminated !== undefined) this.lastState = { terminated: this.state.terminated };
    this.state = { waiting: { reason, message } };
    this.ready = false;
    this.started = false;
    this.#owner.changed();
  }

  async #sleep(ms: number): Promise<void> {
    await this.#context.clock.sleep(ms, { signal: this.#stopping.signal }).catch(() => {});
  }

  async #newLog(): Promise<LogFile> {
    const { metadata } = this.#owner.pod;
    const { rootDir, clock, logs } = this.#context;
    const pod = `${metadata?.namespace}_${metadata?.name}_${metadata?.uid}`;
    const folder = join(rootDir, 'logs', 'pods', pod, this.#spec.name);
    await mkdir(folder, { recursive: true });
    const log = await LogFile.create({ path: join(folder, `${this.#attempt}.log`), clock, ...logs });
    this.#logs.push(log);
    while (this.#logs.length > 2) await this.#logs.shift()?.remove();
    return log;
  }

  #newId(): string {
    const { random } = this.#context;
    return Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('');
  }

  #event(type: PodEvent['type'], reason: string, message: string): void {
    this.#context.events.container(this.#owner.pod, this.#spec, this.role, { type, reason, message });
  }
}
