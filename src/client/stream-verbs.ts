import type { Duplex } from 'node:stream';
import type { ByteSubresource, KubeObject } from '../meta/index.js';
import type { CopyOptions, CopyResult } from '../streams/copy.js';
import type { ExecOptions, ExecResult, ExecSession, OpenAttachOptions, OpenExecOptions } from '../streams/exec.js';
import type { PortForward, PortForwardOptions } from '../streams/port-forward.js';
import type { StreamOptions } from '../streams/stream-context.js';
import type { LogOptions, LogStream } from './log-stream.js';
import type { NodeVerbs, RolloutVerbs } from './platform-verbs.js';

/** Streams to a pod; for kinds that select pods, to a ready one of theirs. */
export interface PodStreams {
  /** Opens a container's log: iterate it for lines, or call `.text()` or `.bytes()`. */
  logs(name: string, options?: LogOptions): LogStream;
  /**
   * Runs a command to its end and collects its output. A non-zero exit code is a result, not an error. Throws an `ApiError` when the
   * command cannot be started.
   */
  exec(name: string, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Starts a command with its streams. Close the session to end the command. */
  openExec(name: string, command: readonly string[], options?: OpenExecOptions): Promise<ExecSession>;
  /** Attaches to the process that the container runs. */
  openAttach(name: string, options?: OpenAttachOptions): Promise<ExecSession>;
  /**
   * Listens on a local port and forwards each connection to a port of the pod. For kinds that select pods, each new connection goes to
   * a ready pod, also after the first one has gone. For a Service, `port` is the service's number or name.
   */
  portForward(name: string, port: number | string, options?: PortForwardOptions): Promise<PortForward>;
  /** Connects to a port of the pod without a local port. */
  connect(name: string, port: number | string, options?: StreamOptions): Promise<Duplex>;
  /** Copies a local file or tree to `to` in the container, with modes and times. The container needs `tar`. */
  copyTo(name: string, from: string, to: string, options?: CopyOptions): Promise<CopyResult>;
  /** Copies a file or tree from the container to the local path `to`; nothing is written outside of it. The container needs `tar`. */
  copyFrom(name: string, from: string, to: string, options?: CopyOptions): Promise<CopyResult>;
}

/** `debug`, for pods. */
export interface DebugVerb {
  /** Adds an ephemeral container to the pod and attaches to it once it runs. */
  debug(name: string, options: DebugOptions): Promise<DebugSession>;
}

/** Options of `debug`. */
export interface DebugOptions extends Pick<OpenExecOptions, 'size' | 'signal' | 'openTimeoutMs'> {
  /** The image of the new container, such as `busybox`. */
  readonly image: string;
  /** The container whose processes are seen. Default: the pod's own process namespace. */
  readonly target?: string | undefined;
  /** The program. Default: the image's own. */
  readonly command?: readonly string[] | undefined;
  /** The arguments. Default: the image's own. */
  readonly args?: readonly string[] | undefined;
  /** Environment variables of the new container. */
  readonly env?: readonly { readonly name: string; readonly value: string }[] | undefined;
  /** The name of the new container. Default: `debugger-` and five random letters. */
  readonly name?: string | undefined;
  /** Default true. */
  readonly tty?: boolean | undefined;
  /** The time to pull and start the image, in milliseconds. Default 300 000. */
  readonly startTimeoutMs?: number | undefined;
}

/** A session with an ephemeral container. The container stays in the pod when it has ended. */
export interface DebugSession extends ExecSession {
  /** The name of the ephemeral container. */
  readonly container: string;
}

/** `proxy`, for pods, services and nodes. */
export interface ProxyVerb {
  /** Leads through the API server to an HTTP server: of a pod, of a service's ready pod, or to the kubelet of a node. */
  proxy(name: string, options?: ProxyOptions): ProxyClient;
}

/** Options of `proxy`. */
export interface ProxyOptions {
  /** Default: a pod's first declared port, a service's only port, a node's kubelet. */
  readonly port?: number | string | undefined;
  /** The protocol of the backend. Default `http`. */
  readonly scheme?: 'http' | 'https' | undefined;
}

/** An HTTP server behind the API server. */
export interface ProxyClient {
  /**
   * Sends a request as `fetch` does. `path` begins with `/`. Redirects are not followed. The credentials of this handle stay with the
   * API server.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

type SpecOf<T> = T extends { spec?: infer S } ? NonNullable<S> : never;

/** Kinds that select pods: a selector beside a template, as Deployments have, or beside a cluster address, as Services have. */
type SelectsPods<T> = [SpecOf<T>] extends [never]
  ? false
  : string extends keyof SpecOf<T>
    ? false
    : 'selector' extends keyof SpecOf<T>
      ? 'template' extends keyof SpecOf<T>
        ? true
        : 'clusterIP' extends keyof SpecOf<T>
          ? true
          : false
      : false;

/** The streams that a kind has, by its descriptor. */
export type StreamVerbs<T extends KubeObject, Sub> = (Sub extends { exec: ByteSubresource }
  ? PodStreams & DebugVerb
  : SelectsPods<T> extends true
    ? PodStreams
    : unknown) &
  (Sub extends { proxy: ByteSubresource } ? ProxyVerb : unknown) &
  (SpecHas<T, 'unschedulable'> extends true ? NodeVerbs<T> : unknown) &
  (SpecHas<T, 'template'> extends true
    ? SpecHas<T, 'strategy'> extends true
      ? RolloutVerbs<T>
      : SpecHas<T, 'updateStrategy'> extends true
        ? RolloutVerbs<T>
        : unknown
    : unknown);

/** True for kinds whose spec has this field. */
type SpecHas<T, Field extends string> = [SpecOf<T>] extends [never]
  ? false
  : string extends keyof SpecOf<T>
    ? false
    : Field extends keyof SpecOf<T>
      ? true
      : false;
