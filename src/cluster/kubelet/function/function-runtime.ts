import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { VirtualNetwork } from '../../network/virtual-network.js';
import { ContainerError } from '../runtime/container-error.js';
import type {
  ContainerProcess,
  ContainerRuntime,
  ContainerSpec,
  ImageRef,
  PodSandbox,
  SandboxSpec,
} from '../runtime/container-runtime.js';
import { connectTo } from '../runtime/dial.js';
import { matchesImage } from '../runtime/image-pattern.js';
import { type FunctionImage, startFunction } from './function-container.js';

/** Settings of a `FunctionRuntime`. */
export interface FunctionRuntimeOptions {
  /** The functions that stand for images, by patterns such as `nginx:*`. */
  readonly images: Readonly<Record<string, FunctionImage>>;
  /** The network of the pods. Nodes of one cluster share it. Default: one of its own. */
  readonly network?: VirtualNetwork | undefined;
}

/** Runs containers as functions of this program, with addresses on a network inside this process. */
export class FunctionRuntime implements ContainerRuntime {
  readonly name = 'function';
  readonly version = '1.0.0';
  readonly #images: Readonly<Record<string, FunctionImage>>;
  readonly #network: VirtualNetwork;
  readonly #sandboxes = new Set<FunctionSandbox>();

  constructor({ images, network = new VirtualNetwork() }: FunctionRuntimeOptions) {
    this.#images = images;
    this.#network = network;
  }

  async createSandbox(spec: SandboxSpec): Promise<PodSandbox> {
    const sandbox: FunctionSandbox = new FunctionSandbox(spec, this.#network, this.#images, () => {
      this.#sandboxes.delete(sandbox);
    });
    this.#sandboxes.add(sandbox);
    return sandbox;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes].map((sandbox) => sandbox.remove()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class FunctionSandbox implements PodSandbox {
  readonly addresses: readonly string[];
  readonly #address: string;
  readonly #spec: SandboxSpec;
  readonly #network: VirtualNetwork;
  readonly #images: Readonly<Record<string, FunctionImage>>;
  readonly #removed: () => void;
  readonly #containers = new Set<ContainerProcess>();

  constructor(
    spec: SandboxSpec,
    network: VirtualNetwork,
    images: Readonly<Record<string, FunctionImage>>,
    removed: () => void,
  ) {
    this.#spec = spec;
    this.#network = network;
    this.#images = images;
    this.#removed = removed;
    this.#address = network.join();
    this.addresses = [this.#address];
  }

  async findImage(image: string): Promise<ImageRef> {
    if (this.#find(image) === undefined) {
      throw new ContainerError('ErrImagePull', `the image ${image} stands for no function. Add it to the images.`);
    }
    return { id: `sha256:${createHash('sha256').update(image).digest('hex')}` };
  }

  async start(spec: ContainerSpec): Promise<ContainerProcess> {
    const image = this.#find(spec.image);
    if (image === undefined) throw new ContainerError('CreateContainerError', `the image ${spec.image} is not here`);
    const pod = { spec: this.#spec, address: this.#address, network: this.#network };
    const container = startFunction(image, spec, pod);
    this.#containers.add(container);
    void container.exited.then(() => this.#containers.delete(container));
    return container;
  }

  connect(port: number): Promise<Duplex> {
    return this.#network.connect(this.#address, port, this.#spec.namespace);
  }

  dial(host: string, port: number): Promise<Duplex> {
    const { namespace } = this.#spec;
    if (this.#network.knows(host, port, namespace)) return this.#network.connect(host, port, namespace);
    return connectTo(host, port);
  }

  async remove(): Promise<void> {
    for (const container of this.#containers) container.kill('SIGKILL');
    this.#containers.clear();
    if (this.#network.has(this.#address)) this.#network.leave(this.#address);
    this.#removed();
  }

  #find(image: string): FunctionImage | undefined {
    return Object.entries(this.#images).find(([pattern]) => matchesImage(pattern, image))?.[1];
  }
}
