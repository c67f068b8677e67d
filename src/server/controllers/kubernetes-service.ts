import { isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { decodeUtf8, encodeUtf8 } from '../../util/bytes.js';
import type { Timer } from '../../util/clock.js';
import { fieldsOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type BootstrapObject, bootstrapBytes, bootstrapObject, keys, leaves } from '../bootstrap/bootstrap-objects.js';
import type { ServerContext } from '../object/server-context.js';
import { newUid, timestamp } from '../object/system-fields.js';
import { listServerLeases, removeServerLease, renewServerLease } from './server-leases.js';

/** The time between two renewals of a server's lease, as in kube-apiserver. */
const intervalMs = 10_000;

/**
 * Keeps the addresses of the servers behind the service `kubernetes`, as kube-apiserver's endpoint reconciler does: in Endpoints and in
 * an EndpointSlice. They are stored directly: the API itself refuses addresses on loopback, where this server usually listens. Servers that
 * share a store find each other by leases.
 */
export class KubernetesEndpoints {
  readonly #isShared: boolean;
  #timer: Timer | undefined;
  #stopped = false;
  #last: Promise<void> = Promise.resolve();

  /** `address` and `port` are where this server is reached. */
  constructor(
    private readonly server: ServerContext,
    private readonly address: string,
    private readonly port: number,
  ) {
    this.#isShared = server.storage.isShared === true;
  }

  /** Publishes the address of this server, and in a shared store keeps it published. */
  async start(): Promise<void> {
    if (!this.#isShared) return this.#publish([this.address]);
    await this.#reconcile();
  }

  /** Removes the address of this server from a shared store. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#last.catch(() => {});
    if (!this.#isShared) return;
    const { storage } = this.server;
    await removeServerLease(storage, this.address);
    await this.#publish(await listServerLeases(storage));
  }

  #reconcile(): Promise<void> {
    this.#last = this.#renew().finally(() => {
      if (this.#stopped || this.server.closing.aborted) return;
      // After a failure the next round tries again. A store that fails is reported by the requests that need it.
      this.#timer = this.server.clock.setTimer(intervalMs, () => void this.#reconcile().catch(() => {}));
    });
    return this.#last;
  }

  async #renew(): Promise<void> {
    const { storage } = this.server;
    await renewServerLease(storage, this.address);
    const addresses = await listServerLeases(storage);
    if (addresses.length > 0) await this.#publish(addresses);
  }

  async #publish(addresses: readonly string[]): Promise<void> {
    const ports = [{ name: 'https', port: this.port, protocol: 'TCP' }];
    const isSix = addresses.length > 0 && addresses.every((address) => isIPv6(address));
    const shown = addresses.filter((address) => isIPv6(address) === isSix);
    const isEmpty = addresses.length === 0;
    await this.#ensure(
      'endpoints',
      { [mirrored]: 'true' },
      isEmpty ? {} : { subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }] },
    );
    await this.#ensure(
      'endpointslices',
      { [service]: 'kubernetes' },
      {
        addressType: isSix ? 'IPv6' : 'IPv4',
        endpoints: isEmpty ? null : shown.map((address) => ({ addresses: [address], conditions: { ready: true } })),
        ports: isEmpty ? null : ports,
      },
    );
  }

  /** Creates an object, or gives the stored one these labels and fields. */
  async #ensure(plural: Plural, labels: { readonly [key: string]: string }, fields: JsonObject): Promise<void> {
    const { storage, random, clock } = this.server;
    for (;;) {
      const object = objectOf(plural, labels, fields);
      const { kv } = await storage.get(object.key);
      if (kv === undefined) {
        const bytes = bootstrapBytes(object, newUid(random), timestamp(clock));
        if ((await storage.put(object.key, bytes, 0)).ok) return;
        continue;
      }
      const stored = JSON.parse(decodeUtf8(kv.value)) as JsonObject;
      const { subsets: _subsets, ...rest } = stored;
      if (stored.addressType !== fields.addressType) {
        // The type of an EndpointSlice is immutable.
        await storage.delete(kv.key, kv.modRevision);
        continue;
      }
      const metadata = fieldsOf(stored.metadata);
      const wanted = {
        ...rest,
        ...fields,
        metadata: { ...metadata, labels: { ...fieldsOf(metadata.labels), ...labels } },
      };
      if (isDeepStrictEqual(wanted, stored)) return;
      if ((await storage.put(kv.key, encodeUtf8(jsonOf(wanted)), kv.modRevision)).ok) return;
    }
  }
}

type Plural = 'endpoints' | 'endpointslices';

const mirrored = 'endpointslice.kubernetes.io/skip-mirror';
const service = 'kubernetes.io/service-name';

/** Returns the JSON of an object as it is stored: metadata first. */
function jsonOf({ metadata, ...rest }: JsonObject): string {
  return JSON.stringify({ metadata, ...rest });
}

function objectOf(plural: Plural, labels: { readonly [key: string]: string }, fields: JsonObject): BootstrapObject {
  const named = { name: 'kubernetes', namespace: 'default', labels, fields };
  if (plural === 'endpoints')
    return bootstrapObject('', plural, {
      ...named,
      owned: [{ fields: { 'f:metadata': { 'f:labels': keys(mirrored) }, ...leaves('f:subsets') } }],
    });
  return bootstrapObject('discovery.k8s.io', plural, {
    ...named,
    owned: [
      {
        fields: { ...leaves('f:addressType f:endpoints'), 'f:metadata': { 'f:labels': keys(service) }, 'f:ports': {} },
      },
    ],
  });
}
