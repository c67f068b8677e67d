import { Service } from '../../../generated/core/v1.js';
import { EndpointSlice } from '../../../generated/discovery.k8s.io/v1.js';
import type { Cached, Informer } from '../../cache/index.js';
import type { Cluster } from '../../sdk/index.js';
import { type Random, systemRandom } from '../../util/random.js';
import type { NetworkDirectory, NetworkPlace } from './virtual-network.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const NOT_READY = 'connect: connection refused';

/** Leads names and addresses of services to pods that are ready, as DNS and kube-proxy do in a cluster. */
export class ServiceDirectory implements NetworkDirectory {
  readonly #services: Informer<Service, 'Namespaced'>;
  readonly #slices: Informer<EndpointSlice, 'Namespaced'>;
  readonly #random: Random;

  constructor(cluster: Cluster, random: Random = systemRandom) {
    this.#services = cluster.informer(Service, {
      indexes: { ip: ({ spec }) => (spec?.clusterIP === undefined ? [] : [spec.clusterIP]) },
    });
    this.#slices = cluster.informer(EndpointSlice, {
      indexes: {
        service: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[SERVICE_LABEL] ?? ''}`],
      },
    });
    this.#random = random;
  }

  /** Begins to follow services and their endpoints. Resolves when the present ones are known. */
  async start(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#services.start({ signal }), this.#slices.start({ signal })]);
  }

  /** Ends this. */
  async stop(): Promise<void> {
    await Promise.all([this.#services.stop(), this.#slices.stop()]);
  }

  find(host: string, port: number, namespace: string): NetworkPlace | undefined {
    const service = this.#service(host, namespace);
    if (service === undefined) return undefined;
    const headless = service.spec?.clusterIP === 'None';
    const entry = service.spec?.ports?.find((one) => one.port === port);
    if (entry === undefined && !headless) return { problem: NOT_READY };
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const places = this.#slices.lister.by('service', key).flatMap(({ ports = [], endpoints }) => {
      // A headless name leads to the pods themselves, whose ports are the caller's business.
      const target = headless ? port : ports.find(({ name }) => (name ?? '') === (entry?.name ?? ''))?.port;
      if (target === undefined) return [];
      const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
      return ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port: target })));
    });
    return places[Math.floor(this.#random() * places.length)] ?? { problem: NOT_READY };
  }

  #service(host: string, namespace: string): Cached<Service, 'Namespaced'> | undefined {
    const [byAddress] = this.#services.lister.by('ip', host);
    if (byAddress !== undefined) return byAddress;
    const [name = '', space = namespace, ...rest] = host.replace(/\.$/, '').split('.');
    const suffix = rest.join('.');
    if (suffix !== '' && suffix !== 'svc' && suffix !== 'svc.cluster.local') return undefined;
    return this.#services.lister.get(`${space}/${name}`);
  }
}
