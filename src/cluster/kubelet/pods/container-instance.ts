import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../../util/clock.js';
import type { LogFile } from '../logs/container-log-file.js';
import type {
  ContainerProcess,
  ExecSpec,
  ProcessExit,
  RuntimeProcess,
  TerminalSize,
} from '../runtime/container-runtime.js';
import { OutputHub } from './output-hub.js';

/** The streams of a client that is attached to a container. */
export interface AttachStreams {
  readonly stdin?: Readable | undefined;
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
}

/** The facts of one attempt to run a container. */
export interface ContainerInstanceOptions {
  readonly id: string;
  readonly process: ContainerProcess;
  readonly log: LogFile;
  readonly tty: boolean;
  /** True: the input ends with the first client that is attached. */
  readonly stdinOnce: boolean;
  readonly clock: Clock;
}

/** One running attempt of a container: its process, its log and its clients. */
export class ContainerInstance {
  readonly id: string;
  readonly log: LogFile;
  readonly startedAt: number;
  /** Resolves when the process has ended and the log is complete. */
  readonly exited: Promise<ProcessExit>;
  readonly #options: ContainerInstanceOptions;
  readonly #stdout: OutputHub;
  readonly #stderr: OutputHub;
  #over = false;

  constructor(options: ContainerInstanceOptions) {
    const { process, log, clock } = options;
    this.#options = options;
    this.id = options.id;
    this.log = log;
    this.startedAt = clock.now();
    this.#stdout = new OutputHub(process.stdout, (chunk) => log.write('stdout', chunk));
    this.#stderr = new OutputHub(process.stderr, (chunk) => log.write('stderr', chunk));
    this.exited = this.#end();
  }

  /** True once the process has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** True when the container has a terminal. */
  get tty(): boolean {
    return this.#options.tty;
  }

  /** Sends a signal to the processes of the container. */
  kill(signal: string): void {
    this.#options.process.kill(signal);
  }

  /** Runs another command in the container. Throws a `ContainerError` when it cannot be started. */
  exec(spec: ExecSpec): Promise<RuntimeProcess> {
    return this.#options.process.exec(spec);
  }

  /** Tells the terminal of the container its size. */
  resize(size: TerminalSize): void {
    this.#options.process.resize(size);
  }

  /** Measures the container, where the runtime can. */
  async usage() {
    return this.#options.process.usage?.();
  }

  /**
   * Connects a client to the container. Resolves when the output has ended or the client has gone. The end of the client's input
   * ends the attachment too, and with `stdinOnce` the input of the container instead.
   */
  async attach({ stdin, stdout, stderr }: AttachStreams): Promise<void> {
    const { process, tty, stdinOnce } = this.#options;
    const attached: Promise<void>[] = [];
    if (stdout !== undefined) attached.push(this.#stdout.attach(stdout));
    if (stderr !== undefined && !tty) attached.push(this.#stderr.attach(stderr));
    const input = process.stdin;
    if (stdin !== undefined && input !== undefined) {
      void forward(stdin, input).then(() => {
        if (stdinOnce) {
          if (!tty) input.end();
          return;
        }
        if (stdout !== undefined) this.#stdout.detach(stdout);
        if (stderr !== undefined) this.#stderr.detach(stderr);
      });
    }
    await Promise.all(attached);
  }

  async #end(): Promise<ProcessExit> {
    const exit = await this.#options.process.exited;
    this.#over = true;
    await Promise.all([this.#stdout.done, this.#stderr.done]);
    await this.log.close().catch(() => {});
    return exit;
  }
}

/** Copies a client's input without ending the container's. */
async function forward(from: Readable, to: Writable): Promise<void> {
  try {
    for await (const chunk of from) {
      if (to.destroyed || to.writableEnded) return;
      if (!to.write(chunk))
        await new Promise<void>((resolve) => {
          const settle = () => {
            to.off('drain', settle);
            to.off('close', settle);
            resolve();
          };
          to.on('drain', settle);
          to.on('close', settle);
        });
    }
  } catch {
    // The client has gone.
  }
}
