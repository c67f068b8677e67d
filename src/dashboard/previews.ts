import { Pod, Service } from '../../generated/core/v1.js';
import { InvalidRequestError } from '../errors/index.js';
import { Cluster } from '../sdk/cluster.js';
import type { PortForward } from '../streams/port-forward.js';
import { createTransport } from '../transport/create-transport.js';
import { isObject } from '../util/json-value.js';
import type { Passage } from './passage.js';
import type { FindPassage } from './streams.js';

/** The ports that are forwarded at once; the oldest ends when there are more. */
const MOST_PREVIEWS = 20;

interface Preview {
  readonly id: string;
  readonly forward: PortForward;
}

/** Ports of this machine that lead to ports of pods and services, as `kubectl port-forward` opens them. */
export class Previews {
  readonly #find: FindPassage;
  readonly #clusters = new Map<Passage, Cluster>();
  readonly #open: Preview[] = [];

  constructor(find: FindPassage) {
    this.#find = find;
  }

  /** Opens a port, or finds the one that leads there already. Rejects with an `InvalidRequestError` for a target that is not valid. */
  async open(target: unknown): Promise<{ readonly port: number }> {
    const { context, plural, namespace, name, port } = checked(target);
    const passage = await this.#find(context);
    if (passage === undefined) throw new InvalidRequestError('there is no such context');
    const id = JSON.stringify([context, plural, namespace, name, port]);
    const known = this.#open.find((one) => one.id === id);
    if (known !== undefined) return { port: known.forward.port };
    const cluster = this.#cluster(passage);
    const pods = plural === 'pods' ? cluster.resource(Pod) : cluster.resource(Service);
    const forward = await pods.in(namespace).portForward(name, port, { localPort: 0 });
    this.#open.push({ id, forward });
    if (this.#open.length > MOST_PREVIEWS) await this.#open.shift()?.forward.close();
    return { port: forward.port };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(({ forward }) => forward.close()));
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
  }

  #cluster(passage: Passage): Cluster {
    const known = this.#clusters.get(passage);
    if (known !== undefined) return known;
    const { config } = passage;
    const { namespace, impersonate } = config;
    const cluster = new Cluster(createTransport(config, {}), { namespace, impersonate });
    this.#clusters.set(passage, cluster);
    return cluster;
  }
}

interface Target {
  readonly context: string;
  readonly plural: 'pods' | 'services';
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

function checked(value: unknown): Target {
  if (isObject(value)) {
    const { context, plural, namespace, name, port } = value;
    const isNamed = [context, namespace, name].every((one) => typeof one === 'string' && one !== '');
    const isPort = Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
    if (isNamed && isPort && (plural === 'pods' || plural === 'services'))
      return { context: String(context), plural, namespace: String(namespace), name: String(name), port: Number(port) };
  }
  throw new InvalidRequestError('cannot forward a port: the target is not a port of a pod or service');
}
