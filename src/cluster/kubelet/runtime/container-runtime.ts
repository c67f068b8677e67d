import type { Duplex, Readable, Writable } from 'node:stream';
import type { ContainerSecurity, SecurityFeature } from './container-security.js';

/** Runs containers for a kubelet: as processes of this machine, as functions of this program, or only in appearance. */
export interface ContainerRuntime extends AsyncDisposable {
  /** The scheme of container ids and the name in `status.nodeInfo.containerRuntimeVersion`, such as `process`. */
  readonly name: string;
  /** The version in `status.nodeInfo.containerRuntimeVersion`. */
  readonly version: string;
  /** Prepares the place that the containers of one pod share, with the pod's addresses. */
  createSandbox(spec: SandboxSpec): Promise<PodSandbox>;
  /** The user id of a container that names none. Undefined: the runtime has no users. */
  readonly user?: number | undefined;
  /** Returns the parts of the security context that the runtime can honour. Default: none. */
  securityFeatures?(): Promise<ReadonlySet<SecurityFeature>>;
  /** Ends the containers that an earlier kubelet has left below a folder. */
  cleanUp?(folder: string): Promise<void>;
  /** Ends every container. */
  close(): Promise<void>;
}

/** The pod that a sandbox is made for. */
export interface SandboxSpec {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The host name that the containers see. */
  readonly hostname: string;
  /** True: the pod has the addresses of the node. */
  readonly hostNetwork: boolean;
}

/** The place that the containers of one pod share. */
export interface PodSandbox {
  /** The addresses of the pod, the preferred one first. */
  readonly addresses: readonly string[];
  /** Finds the image. Throws a `ContainerError` when the runtime does not have it. */
  findImage(image: string, hasCommand: boolean): Promise<ImageRef>;
  /** Starts a container. Throws a `ContainerError` when it cannot be started. */
  start(spec: ContainerSpec): Promise<ContainerProcess>;
  /** Connects to a port inside the pod, as port-forwards do. */
  connect(port: number): Promise<Duplex>;
  /** Connects to any address as the node does, as probes and hooks do. */
  dial(host: string, port: number): Promise<Duplex>;
  /** Ends the containers and gives the addresses back. */
  remove(): Promise<void>;
}

/** An image that the runtime has. */
export interface ImageRef {
  /** The id in `status.containerStatuses[].imageID`. */
  readonly id: string;
}

/** A container that is to run. */
export interface ContainerSpec {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** The entry point, with variables expanded. Empty: the image's. */
  readonly command: readonly string[];
  /** The arguments, with variables expanded. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The directory that the command starts in. Default: the image's. */
  readonly workingDir?: string | undefined;
  /** A folder of the container's own, which exists. */
  readonly folder: string;
  readonly mounts: readonly VolumeMountPoint[];
  readonly security: ContainerSecurity;
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A volume as a container sees it. */
export interface VolumeMountPoint {
  /** The file or folder on the node. */
  readonly source: string;
  /** The absolute path in the container. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** A command that runs beside the main process of a container. */
export interface ExecSpec {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The end of a process. */
export interface ProcessExit {
  /** The exit code; 128 and the number of the signal when a signal ended the process. */
  readonly exitCode: number;
  /** The reason to show in place of `Completed` or `Error`, such as `OOMKilled`. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** A process with its streams. */
export interface RuntimeProcess {
  /** Takes the input. Undefined: the process reads the end of file. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** Undefined with a terminal, which has one output. */
  readonly stderr: Readable | undefined;
  /** Resolves when the process has ended and its streams have, too. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the process and to those that it has started. */
  kill(signal: string): void;
  /** Tells the terminal its size. */
  resize(size: TerminalSize): void;
}

/** The main process of a container. */
export interface ContainerProcess extends RuntimeProcess {
  /** Runs another command in the container. Throws a `ContainerError` when it cannot be started. */
  exec(spec: ExecSpec): Promise<RuntimeProcess>;
  /** Measures the container. Undefined where the runtime cannot. */
  usage?(): Promise<ContainerUsage | undefined>;
}

/** The resources that a container uses. */
export interface ContainerUsage {
  /** The CPU time used since the start, in nanoseconds. */
  readonly cpuNanoseconds: number;
  /** The memory in use, in bytes. */
  readonly memoryBytes: number;
  readonly processes: number;
}
