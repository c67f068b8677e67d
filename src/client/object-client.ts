import type { Duplex } from 'node:stream';
import { InvalidRequestError } from '../errors/index.js';
import type { KubeObject, Resource, Stored } from '../meta/index.js';
import type { CopyOptions, CopyResult } from '../streams/copy.js';
import type { ExecOptions, ExecResult, ExecSession, OpenExecOptions } from '../streams/exec.js';
import type { PortForward, PortForwardOptions } from '../streams/port-forward.js';
import type { StreamOptions } from '../streams/stream-context.js';
import type { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import { checkVerbOptions } from './known-options.js';
import { type LogOptions, LogStream } from './log-stream.js';
import { type EventsOptions, ObjectEvents } from './object-events.js';
import type { WaitOptions, WriteOptions } from './options.js';
import type { DrainOptions, DrainResult } from './platform-verbs.js';
import type { StreamSubject } from './pod-target.js';
import type { Projection } from './projections.js';
import type { RolloutState } from './rollout-state.js';
import type { DebugOptions, DebugSession, ProxyClient, ProxyOptions } from './stream-verbs.js';
import { checkName, checkScope, contextOf } from './target.js';

/**
 * Every verb and every stream for every kind; the types of `stream-verbs.ts` show those that fit the kind. The code of the streams is
 * loaded by the first call that needs it.
 */
export class ObjectClient<T extends KubeObject = KubeObject> extends GenericClient<T> {
  readonly #caller: ApiCaller;
  readonly #describe: () => Promise<Resource>;
  readonly #namespace: string | undefined;

  constructor(caller: ApiCaller, describe: () => Promise<Resource>, namespace?: string, projection?: Projection) {
    super(caller, describe, namespace, projection);
    this.#caller = caller;
    this.#describe = describe;
    this.#namespace = namespace;
  }

  override in(namespace: string): ObjectClient<T> {
    return new ObjectClient<T>(this.#caller, this.describeIn(namespace), namespace);
  }

  logs(name: string, options: LogOptions = {}): LogStream {
    checkVerbOptions('logs', options);
    const target = async (signal: AbortSignal) => {
      const { podTarget } = await import('./pod-target.js');
      return podTarget(await this.#subject(name), options.container, { signal });
    };
    const caller = this.#caller;
    return new LogStream(
      {
        bytes: async (signal) =>
          (await import('./pod-logs.js')).openLogBytes(caller, await target(signal), options, signal),
        async *lines(signal) {
          yield* (await import('./pod-logs.js')).readLog(caller, await target(signal), options, signal);
        },
      },
      options.signal,
    );
  }

  async exec(name: string, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    checkVerbOptions('exec', options);
    return (await this.#streams(name)).exec(command, options);
  }

  async openExec(name: string, command: readonly string[], options: OpenExecOptions = {}): Promise<ExecSession> {
    checkVerbOptions('openExec', options);
    return (await this.#streams(name)).open(command, options);
  }

  async openAttach(name: string, options: OpenExecOptions = {}): Promise<ExecSession> {
    checkVerbOptions('openExec', options);
    return (await this.#streams(name)).open(undefined, options);
  }

  async connect(name: string, port: number | string, options: StreamOptions = {}): Promise<Duplex> {
    checkVerbOptions('connect', options);
    return (await this.#streams(name)).connect(port, options);
  }

  async portForward(name: string, port: number | string, options: PortForwardOptions = {}): Promise<PortForward> {
    checkVerbOptions('portForward', options);
    return (await this.#streams(name)).portForward(port, options);
  }

  async copyTo(name: string, from: string, to: string, options: CopyOptions = {}): Promise<CopyResult> {
    checkVerbOptions('copy', options);
    return (await this.#streams(name)).copyTo(from, to, options);
  }

  async copyFrom(name: string, from: string, to: string, options: CopyOptions = {}): Promise<CopyResult> {
    checkVerbOptions('copy', options);
    return (await this.#streams(name)).copyFrom(from, to, options);
  }

  async debug(name: string, options: DebugOptions): Promise<DebugSession> {
    checkVerbOptions('debug', options);
    return (await this.#streams(name)).debug(options);
  }

  events(name: string, options: EventsOptions = {}): ObjectEvents {
    checkVerbOptions('events', options);
    const reader = async () => {
      const resource = await this.#describe();
      const target = { resource, namespace: this.#namespace };
      const request = contextOf(target, 'list events of', name);
      checkScope(target, request);
      checkName(name, 'name', request);
      const { EventReader } = await import('./event-reader.js');
      return new EventReader(this.#caller, { ...target, name }, options);
    };
    const source = {
      all: async () => (await reader()).all(),
      async *follow() {
        yield* (await reader()).follow();
      },
    };
    return new ObjectEvents(source, options.follow);
  }

  cordon(name: string, options: WriteOptions = {}): Promise<Stored<T>> {
    return this.#patchSpec(name, { unschedulable: true }, options);
  }

  uncordon(name: string, options: WriteOptions = {}): Promise<Stored<T>> {
    return this.#patchSpec(name, { unschedulable: null }, options);
  }

  async drain(name: string, options: DrainOptions = {}): Promise<DrainResult> {
    checkVerbOptions('drain', options);
    await this.cordon(name, { dryRun: options.dryRun, signal: options.signal });
    return (await import('./node-drain.js')).drainNode(this.#caller, name, options);
  }

  restart(name: string, options: WriteOptions = {}): Promise<Stored<T>> {
    const now = new Date(this.#caller.shared.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const annotations = { 'kubectl.kubernetes.io/restartedAt': now };
    return this.#patchSpec(name, { template: { metadata: { annotations } } }, options);
  }

  async *rollout(name: string, options: WaitOptions = {}): AsyncGenerator<RolloutState> {
    const { rolloutState } = await import('./rollout-state.js');
    for (let last: RolloutState | undefined; last?.done !== true; ) {
      const before: string | undefined = last?.message;
      const object = await this.waitFor(name, (now) => rolloutState(now).message !== before, options);
      last = rolloutState(object);
      yield last;
    }
  }

  async #patchSpec(name: string, spec: Record<string, unknown>, options: WriteOptions): Promise<Stored<T>> {
    return this.patch(name, { type: 'merge', body: { spec } }, options);
  }

  proxy(name: string, options: ProxyOptions = {}): ProxyClient {
    checkVerbOptions('proxy', options);
    return {
      fetch: async (path, init) => {
        const resource = await this.#describe();
        const target = { resource, namespace: this.#namespace };
        const request = contextOf(target, 'proxy to', name);
        checkScope(target, request);
        checkName(name, 'name', request);
        const { fetchThroughProxy } = await import('./pod-streams.js');
        return fetchThroughProxy(this.#caller, target, name, options, path, init);
      },
    };
  }

  async #streams(name: string) {
    const { PodStreamCalls } = await import('./pod-streams.js');
    return new PodStreamCalls(await this.#subject(name));
  }

  async #subject(name: string): Promise<StreamSubject> {
    const resource = await this.#describe();
    const target = { resource, namespace: this.#namespace };
    const request = contextOf(target, 'stream to', name);
    checkScope(target, request);
    checkName(name, 'name', request);
    if (this.#namespace === undefined) {
      throw new InvalidRequestError(`a ${resource.kind} has no containers`, { request });
    }
    return { caller: this.#caller, resource, namespace: this.#namespace, name };
  }
}
