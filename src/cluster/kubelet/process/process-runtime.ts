import { createHash } from 'node:crypto';
import { chown, mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../../util/clock.js';
import type { PodAddresses } from '../../network/pod-addresses.js';
import { ContainerError } from '../runtime/container-error.js';
import type {
  ContainerProcess,
  ContainerRuntime,
  ContainerSpec,
  ExecSpec,
  ImageRef,
  PodSandbox,
  RuntimeProcess,
  SandboxSpec,
} from '../runtime/container-runtime.js';
import type { SecurityFeature } from '../runtime/container-security.js';
import { connectLocally, connectTo } from '../runtime/dial.js';
import { killGroup, type LocalProcess, type ProgramSpec, startChild } from './child-process.js';
import { findExecutable } from './executable.js';
import type { ImageMap, ImageProgram } from './image-map.js';
import { endLeftProcesses, noteProcess } from './left-processes.js';
import { canMount, linkVolumes, MountNamespace, type MountTools, makeMountPoints } from './mount-namespace.js';
import { usageOfGroups } from './process-usage.js';
import { restrictedCommand } from './restricted-command.js';
import { startTerminal } from './terminal-process.js';

/** Settings of a `ProcessRuntime`. */
export interface ProcessRuntimeOptions {
  /** The programs that stand for images. */
  readonly images: ImageMap;
  /** The addresses of the node, which pods share unless `podAddresses` is given. */
  readonly nodeAddresses: readonly string[];
  /** Addresses of a range that leads to this machine. */
  readonly podAddresses?: PodAddresses | undefined;
  /** The source of time. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Takes what the operator should know, such as a tool that is missing. Default: process warnings. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The environment variable that names the folder which holds a container's volumes, as in host-process containers on Windows. */
const MOUNT_POINT_VARIABLE = 'CONTAINER_SANDBOX_MOUNT_POINT';

const CANNOT_MOUNT =
  `cannot mount volumes at the paths that pods name: it takes Linux, root, and the tools unshare, nsenter and env. ` +
  `Containers find their volumes below $${MOUNT_POINT_VARIABLE}.`;

/** Runs containers as processes of this machine, each in a process group that ends with the container. */
export class ProcessRuntime implements ContainerRuntime {
  readonly name = 'process';
  readonly version = '1.0.0';
  readonly #options: ProcessRuntimeOptions;
  readonly #sandboxes = new Set<ProcessSandbox>();
  readonly user = process.getuid?.();
  #tools: Promise<Tools> | undefined;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
  }

  async createSandbox(spec: SandboxSpec): Promise<PodSandbox> {
    const { podAddresses, nodeAddresses } = this.#options;
    const own = spec.hostNetwork ? undefined : podAddresses?.take();
    const sandbox: ProcessSandbox = new ProcessSandbox(spec, {
      ...this.#options,
      addresses: own === undefined ? nodeAddresses : [own],
      tools: await this.#foundTools(),
      removed: () => {
        this.#sandboxes.delete(sandbox);
        if (own !== undefined) podAddresses?.release(own);
      },
    });
    this.#sandboxes.add(sandbox);
    return sandbox;
  }

  async securityFeatures(): Promise<ReadonlySet<SecurityFeature>> {
    const { mount, setpriv } = await this.#foundTools();
    const features = new Set<SecurityFeature>();
    if (setpriv !== undefined) features.add('noNewPrivileges');
    if (setpriv !== undefined && this.user === 0) features.add('users');
    if (mount !== undefined) features.add('readOnlyRoot');
    return features;
  }

  #foundTools(): Promise<Tools> {
    this.#tools ??= findTools().then((tools) => {
      if (tools.mount === undefined) this.#warn(CANNOT_MOUNT);
      return tools;
    });
    return this.#tools;
  }

  #warn(message: string): void {
    if (this.#options.onWarning === undefined) process.emitWarning(message);
    else this.#options.onWarning(message);
  }

  cleanUp(folder: string): Promise<void> {
    return endLeftProcesses(folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.remove()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface SandboxParts extends ProcessRuntimeOptions {
  readonly addresses: readonly string[];
  readonly tools: Tools;
  readonly removed: () => void;
}

class ProcessSandbox implements PodSandbox {
  readonly addresses: readonly string[];
  readonly #spec: SandboxSpec;
  readonly #parts: SandboxParts;
  readonly #containers = new Set<ProcessContainer>();

  constructor(spec: SandboxSpec, parts: SandboxParts) {
    this.#spec = spec;
    this.#parts = parts;
    this.addresses = parts.addresses;
  }

  async findImage(image: string, hasCommand: boolean): Promise<ImageRef> {
    if (!hasCommand && this.#parts.images.find(image) === undefined) {
      throw new ContainerError(
        'ErrImagePull',
        `the image ${image} stands for no program. Add it to the image map, or give the container a command.`,
      );
    }
    return { id: `sha256:${createHash('sha256').update(image).digest('hex')}` };
  }

  async start(spec: ContainerSpec): Promise<ContainerProcess> {
    const container = new ProcessContainer(spec, this.#spec, this.#parts);
    const process = await container.start();
    this.#containers.add(container);
    void process.exited.then(() => this.#containers.delete(container));
    return process;
  }

  connect(port: number): Promise<Duplex> {
    return connectLocally(port, this.#spec.uid, this.addresses);
  }

  dial(host: string, port: number): Promise<Duplex> {
    return connectTo(host, port);
  }

  async remove(): Promise<void> {
    for (const container of this.#containers) container.kill('SIGKILL');
    this.#containers.clear();
    this.#parts.removed();
  }
}

/** One container: its main process, and the commands that run beside it. */
class ProcessContainer {
  readonly #spec: ContainerSpec;
  readonly #pod: SandboxSpec;
  readonly #parts: SandboxParts;
  readonly #root: string;
  /** The leaders of the process groups that belong to this container. */
  readonly #groups = new Set<number>();
  #namespace: MountNamespace | undefined;
  #over = false;

  constructor(spec: ContainerSpec, pod: SandboxSpec, parts: SandboxParts) {
    this.#spec = spec;
    this.#pod = pod;
    this.#parts = parts;
    this.#root = join(spec.folder, 'rootfs');
  }

  async start(): Promise<ContainerProcess> {
    const { command, args, stdin, tty, image } = this.#spec;
    await mkdir(this.#root, { recursive: true });
    const { user, group } = this.#spec.security;
    if (user !== undefined) await chown(this.#root, user, group ?? 0).catch(() => {});
    await this.#mount();
    const program = command.length > 0 ? undefined : this.#parts.images.find(image);
    const argv = program === undefined ? [...command, ...args] : [...program.command, ...orElse(args, program.args)];
    const process = await this.#run(argv, program, stdin, tty).catch(async (error: unknown) => {
      await this.#namespace?.close();
      throw error;
    });
    await noteProcess(this.#spec.folder, process.pid);
    return {
      ...process,
      exited: process.exited.then(async (exit) => {
        this.#over = true;
        this.kill('SIGKILL');
        await this.#namespace?.close();
        return exit;
      }),
      exec: (spec) => this.#exec(spec),
      usage: () => usageOfGroups(this.#groups),
    };
  }

  async #mount(): Promise<void> {
    const { mounts, security } = this.#spec;
    const { mount } = this.#parts.tools;
    if (mount === undefined) {
      await linkVolumes(this.#root, mounts);
      return;
    }
    await makeMountPoints(mounts);
    if (mounts.length === 0 && !security.readOnlyRoot) return;
    this.#namespace = await MountNamespace.create(mount, mounts, security.readOnlyRoot);
  }

  kill(signal: string): void {
    for (const leader of this.#groups) if (!killGroup(leader, signal)) this.#groups.delete(leader);
  }

  async #exec({ command, stdin, tty }: ExecSpec): Promise<RuntimeProcess> {
    if (this.#over) throw new ContainerError('StartError', `the container ${this.#spec.name} has ended`);
    return this.#run(command, undefined, stdin, tty);
  }

  async #run(
    argv: readonly string[],
    program: ImageProgram | undefined,
    stdin: boolean,
    tty: boolean,
  ): Promise<LocalProcess> {
    const env = this.#environment(program, tty);
    const given = this.#spec.workingDir ?? program?.workingDir;
    const cwd = given === undefined ? this.#root : isAbsolute(given) ? given : join(this.#root, given);
    // A directory inside a volume exists only once the volume is mounted.
    const early = this.#isInVolume(cwd) ? this.#root : cwd;
    const [name = '', ...args] = argv;
    const file = await findExecutable(argv[0], env, early);
    let spec: ProgramSpec = { name, file, args, env, cwd: early, stdin };
    const { setpriv } = this.#parts.tools;
    const { security } = this.#spec;
    const inside = this.#namespace?.enter(cwd, restrictedCommand(setpriv, security, argv));
    const [first = '', ...rest] = inside ?? restrictedCommand(setpriv, security, [file, ...args]);
    if (first !== file) spec = { ...spec, name: first, file: first, args: rest };
    const process = tty ? await startTerminal(spec) : await startChild(spec, this.#parts.clock ?? systemClock);
    this.#groups.add(process.pid);
    return process;
  }

  #isInVolume(path: string): boolean {
    return this.#namespace !== undefined && this.#spec.mounts.some((mount) => `${path}/`.startsWith(`${mount.path}/`));
  }

  #environment(program: ImageProgram | undefined, tty: boolean): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: process.env.HOME ?? '/',
      HOSTNAME: this.#pod.hostname,
      ...(tty ? { TERM: 'xterm' } : {}),
      ...(this.#parts.tools.mount === undefined ? { [MOUNT_POINT_VARIABLE]: this.#root } : {}),
      ...program?.env,
      ...this.#spec.env,
    };
  }
}

function orElse(given: readonly string[], instead: readonly string[]): readonly string[] {
  return given.length > 0 ? given : instead;
}

/** The tools of the machine that this process may use. */
interface Tools {
  readonly mount: MountTools | undefined;
  /** Changes users and takes rights away. */
  readonly setpriv: string | undefined;
}

async function findTools(): Promise<Tools> {
  const find = (name: string) => findExecutable(name, { PATH: process.env.PATH ?? '' }, '/').catch(() => undefined);
  const [unshare, nsenter, setpriv] = await Promise.all([find('unshare'), find('nsenter'), find('setpriv')]);
  if (unshare === undefined || nsenter === undefined) return { mount: undefined, setpriv };
  const mount = { unshare, nsenter };
  return { mount: (await canMount(mount)) ? mount : undefined, setpriv };
}
