import type { Duplex } from 'node:stream';
import { InvalidRequestError, isApiError, isNetworkError, type RequestContext } from '../errors/index.js';
import {
  type CopyOptions,
  type CopyResult,
  connectPort,
  copyFrom,
  copyTo,
  type ExecOptions,
  type ExecResult,
  type ExecSession,
  exec,
  type OpenExecOptions,
  openSession,
  PortForward,
  type PortForwardOptions,
  proxyFetch,
  type StreamOptions,
  type StreamTarget,
} from '../streams/index.js';
import type { ApiCaller } from './api-caller.js';
import { containerStatus } from './pod-like.js';
import { podPort, podsOf, podTarget, type StreamSubject, selectPod, streamTarget } from './pod-target.js';
import type { DebugOptions, DebugSession, ProxyOptions } from './stream-verbs.js';
import { contextOf, pathOf, type Target } from './target.js';

const START_TIMEOUT_MS = 300_000;

/** The streams of one object, once they are used. */
export class PodStreamCalls {
  readonly #subject: StreamSubject;

  constructor(subject: StreamSubject) {
    this.#subject = subject;
  }

  async exec(command: readonly string[], options: ExecOptions): Promise<ExecResult> {
    checkCommand(command);
    const { container, target } = await this.#target('exec', command, options);
    return exec(this.#subject.caller.shared, target, command, { ...options, container });
  }

  async open(command: readonly string[] | undefined, options: OpenExecOptions): Promise<ExecSession> {
    if (command !== undefined) checkCommand(command);
    const { container, target } = await this.#target(command === undefined ? 'attach' : 'exec', command, options);
    return openSession(this.#subject.caller.shared, target, command, { ...options, container });
  }

  async copyTo(from: string, to: string, options: CopyOptions): Promise<CopyResult> {
    const { container, target } = await this.#target('exec', ['tar'], options);
    return copyTo(this.#subject.caller.shared, target, from, to, { ...options, container });
  }

  async copyFrom(from: string, to: string, options: CopyOptions): Promise<CopyResult> {
    const { container, target } = await this.#target('exec', ['tar'], options);
    return copyFrom(this.#subject.caller.shared, target, from, to, { ...options, container });
  }

  connect(port: number | string, options: StreamOptions): Promise<Duplex> {
    return this.#dialer(port)(options);
  }

  portForward(port: number | string, options: PortForwardOptions): Promise<PortForward> {
    const dial = this.#dialer(port);
    const { openTimeoutMs } = options;
    return PortForward.listen((signal) => dial({ signal, openTimeoutMs }), options);
  }

  async debug(options: DebugOptions): Promise<DebugSession> {
    const { caller, namespace, name: pod } = this.#subject;
    const { image, target, command, args, env, tty = true, signal, size, openTimeoutMs } = options;
    const container = options.name ?? `debugger-${randomLetters(caller.shared.random)}`;
    const pods = podsOf(caller, namespace);
    const added = {
      name: container,
      image,
      stdin: true,
      tty,
      ...(command === undefined ? {} : { command: [...command] }),
      ...(args === undefined ? {} : { args: [...args] }),
      ...(env === undefined ? {} : { env: [...env] }),
      ...(target === undefined ? {} : { targetContainerName: target }),
    };
    await patchEphemeral(caller, namespace, pod, added, signal);
    const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
    const started = await pods.waitFor(
      pod,
      (one) => {
        const state = one && containerStatus(one, container)?.state;
        return one === undefined || state?.running !== undefined || state?.terminated !== undefined;
      },
      { signal, timeoutMs },
    );
    const request = contextOf({ resource: this.#subject.resource, namespace }, 'debug', pod);
    if (started === undefined) throw new InvalidRequestError('the pod has gone', { request });
    const session = await this.open(undefined, { container, tty, signal, size, openTimeoutMs });
    return { ...session, container };
  }

  /** Returns the way to connect: for a pod to itself, for other kinds to a ready pod that is looked for anew when one has gone. */
  #dialer(port: number | string): (options: StreamOptions) => Promise<Duplex> {
    const { caller, namespace, name, resource } = this.#subject;
    const request = contextOf({ resource, namespace }, `connect to port ${port} of`, name);
    const to = (pod: string, number: number, options: StreamOptions) => {
      const target = streamTarget(
        { namespace, pod, container: undefined },
        'portforward',
        `connect to port ${number} of`,
      );
      return connectPort(caller.shared, target, number, options);
    };
    if (resource.kind === 'Pod' && resource.group === '') {
      return async (options) => to(name, await this.#numberOf(port, request, options), options);
    }
    let chosen: { readonly pod: string; readonly port: number } | undefined;
    const choose = async (options: StreamOptions) => {
      const selected = await selectPod(this.#subject, { signal: options.signal });
      return { pod: selected.pod.metadata?.name ?? '', port: podPort(selected, port, request) };
    };
    return async (options) => {
      const before = chosen ?? (await choose(options));
      chosen = before;
      try {
        return await to(before.pod, before.port, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isApiError(error) && !isNetworkError(error)) throw error;
        const next = await choose(options);
        chosen = next;
        return to(next.pod, next.port, options);
      }
    };
  }

  async #numberOf(port: number | string, request: RequestContext, { signal }: StreamOptions): Promise<number> {
    if (typeof port === 'number') return port;
    const { caller, namespace, name } = this.#subject;
    const pod = await podsOf(caller, namespace).get(name, { signal });
    return podPort({ pod, owner: {} }, port, request);
  }

  async #target(
    part: 'exec' | 'attach',
    command: readonly string[] | undefined,
    {
      container: wanted,
      signal,
    }: { readonly container?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly container: string | undefined; readonly target: StreamTarget }> {
    const found = await podTarget(this.#subject, wanted, { signal });
    const container = found.container === undefined ? '' : ` container ${found.container} of`;
    // Arguments may hold secrets, so errors name the program only.
    const what = part === 'attach' ? `attach to${container}` : `exec ${command?.[0]} in${container}`;
    return { container: found.container, target: streamTarget(found, part, what) };
  }
}

/** Sends a request through the proxy of a pod, a service or a node. */
export async function fetchThroughProxy(
  caller: ApiCaller,
  target: Target,
  name: string,
  { port, scheme }: ProxyOptions,
  path: string,
  init: RequestInit | undefined,
): Promise<Response> {
  const named = port === undefined ? name : `${name}:${port}`;
  const id = scheme === undefined ? named : `${scheme}:${named}${port === undefined ? ':' : ''}`;
  const request = contextOf(target, 'proxy to', name);
  return proxyFetch(caller.shared, { path: pathOf(target, id, 'proxy').replaceAll('%3A', ':'), request }, path, init);
}

function checkCommand(command: readonly string[]): void {
  if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== 'string')) {
    throw new InvalidRequestError("the command must be a list of texts, such as ['sh', '-c', 'date']");
  }
}

async function patchEphemeral(
  caller: ApiCaller,
  namespace: string,
  pod: string,
  container: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, request } = streamTarget({ namespace, pod, container: undefined }, 'ephemeralcontainers', 'debug');
  const body = new TextEncoder().encode(JSON.stringify({ spec: { ephemeralContainers: [container] } }));
  const contentType = 'application/strategic-merge-patch+json';
  await caller.call({ context: request, method: 'PATCH', path, body, contentType, options: { signal } });
}

function randomLetters(random: () => number): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => letters[Math.floor(random() * letters.length)]).join('');
}
