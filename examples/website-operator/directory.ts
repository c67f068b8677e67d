import type { Cluster } from 'keelson';
import { createOrUpdate } from 'keelson/controller';
import { ConfigMap } from 'keelson/k8s';

/**
 * Which host belongs to which website: a ConfigMap that others read, say a DNS server, with `namespace/name` of the website under each
 * host. All websites share it, so it can be owned by none of them, and no garbage collector looks after its entries: a finalizer does.
 */
export class Directory {
  constructor(readonly place: { readonly namespace: string; readonly name: string }) {}

  /** Enters the website under this host and no other, unless another has it. Gives the key of whose it is. */
  async claim(cluster: Cluster, key: string, host: string, signal: AbortSignal): Promise<string> {
    let holder = key;
    await this.#change(cluster, signal, (hosts) => {
      holder = hosts[host] ?? key;
      return { ...without(hosts, key), [host]: holder };
    });
    return holder;
  }

  /** Takes the website out, under whatever host. To do so again does no harm. */
  async release(cluster: Cluster, key: string, signal: AbortSignal): Promise<void> {
    await this.#change(cluster, signal, (hosts) => without(hosts, key));
  }

  /** Returns the holder of a host. */
  async holderOf(cluster: Cluster, host: string, signal: AbortSignal): Promise<string | undefined> {
    const { namespace, name } = this.place;
    return (await cluster.resource(ConfigMap).in(namespace).find(name, { signal }))?.data?.[host];
  }

  /** Replaced only in the version that was read: of two who claim a host at once, one has to look again. */
  async #change(cluster: Cluster, signal: AbortSignal, change: (hosts: Hosts) => Hosts): Promise<void> {
    const maps = cluster.resource(ConfigMap).in(this.place.namespace);
    const update = (draft: ConfigMap) => {
      draft.data = change(draft.data ?? {});
    };
    await createOrUpdate(maps, { metadata: { ...this.place } }, update, { signal });
  }
}

/** From host to the key of a website. */
type Hosts = { [host: string]: string };

function without(hosts: Hosts, key: string): Hosts {
  return Object.fromEntries(Object.entries(hosts).filter(([, holder]) => holder !== key));
}
