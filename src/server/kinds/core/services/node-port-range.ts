import { Buffer } from 'node:buffer';
import { onAbort } from '../../../../util/abort.js';
import { decodeUtf8, encodeUtf8 } from '../../../../util/bytes.js';
import { textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import type { ServerContext } from '../../../object/server-context.js';
import { internal } from '../../../object/status-error.js';
import { rangesPrefix } from '../../../scheme/storage-keys.js';
import { portsOfServices } from './allocators.js';

const key = `${rangesPrefix}servicenodeports`;
/** As kube-apiserver: the record is compared with the services so often. */
const repairMs = 180_000;
/** A port that no service has stays taken for so many repairs: its service may be about to be stored. */
const repairsOfLeak = 3;

/** The taken ports, and the revision of the record that says so. */
interface Record {
  readonly taken: Set<number>;
  /** 0 if there is none yet. */
  readonly revision: number;
}

const ranges = new WeakMap<ServerContext, NodePortRange>();

/**
 * The node ports that services have, as the API servers of one store record them together: one object with a bit for each port. Real
 * kube-apiservers keep the same object.
 */
export class NodePortRange {
  readonly #server: ServerContext;
  /** Ports without a service, and the number of repairs that they stay taken. */
  readonly #leaks = new Map<number, number>();
  #repaired: Promise<void> | undefined;

  private constructor(server: ServerContext) {
    this.#server = server;
  }

  /** Returns the range of a server. */
  static of(server: ServerContext): NodePortRange {
    const found = ranges.get(server) ?? new NodePortRange(server);
    ranges.set(server, found);
    return found;
  }

  /** Reads the taken ports. */
  async taken(): Promise<Set<number>> {
    await this.#ready();
    return (await this.#read()).taken;
  }

  /** Records ports as taken, all or none. Resolves to false if another server has taken one of them. */
  async take(ports: ReadonlySet<number>): Promise<boolean> {
    if (ports.size === 0) return true;
    return this.#change((taken) => {
      for (const port of ports) if (taken.has(port)) return false;
      for (const port of ports) taken.add(port);
      return true;
    });
  }

  /** Records ports as free. */
  async release(ports: readonly number[]): Promise<void> {
    if (ports.length === 0) return;
    await this.#change((taken) => {
      for (const port of ports) taken.delete(port);
      return true;
    });
  }

  /** Makes the record agree with the services, as kube-apiserver's repair does. */
  async repair(): Promise<void> {
    await this.#change(async (taken, revision) => {
      const held = await portsOfServices(this.#server);
      for (const port of held) this.#leaks.delete(port);
      for (const port of taken) {
        if (held.has(port)) continue;
        const left = this.#leaks.get(port) ?? repairsOfLeak;
        if (left === 0) this.#leaks.delete(port);
        else {
          this.#leaks.set(port, left - 1);
          held.add(port);
        }
      }
      const isRight = held.size === taken.size && [...held].every((port) => taken.has(port));
      taken.clear();
      for (const port of held) taken.add(port);
      return !isRight || revision === 0;
    });
  }

  /** Repairs once before the first use, and from then on now and then. */
  #ready(): Promise<void> {
    this.#repaired ??= this.repair().then(
      () => this.#repairLater(),
      (error: unknown) => {
        this.#repaired = undefined;
        throw error;
      },
    );
    return this.#repaired;
  }

  #repairLater(): void {
    const { clock, closing } = this.#server;
    if (closing.aborted) return;
    const timer = clock.setTimer(repairMs, () => {
      stopListening();
      // A store that does not answer now does so at the next repair.
      void this.repair()
        .catch(() => {})
        .then(() => this.#repairLater());
    });
    const stopListening = onAbort(closing, () => timer.cancel());
  }

  async #read(): Promise<Record> {
    const { kv } = await this.#server.storage.get(key);
    if (kv === undefined) return { taken: await portsOfServices(this.#server), revision: 0 };
    const object = JSON.parse(decodeUtf8(kv.value)) as JsonObject;
    if (textOf(object.range) !== this.#text) throw internal('the provided range does not match the current range');
    const bits = Buffer.from(textOf(object.data), 'base64');
    const { first, count } = this.#server.serviceRanges.ports;
    const taken = new Set<number>();
    // The bits are those of one number, whose highest byte comes first.
    for (let at = 0; at < count; at++)
      if (((bits[bits.length - 1 - (at >> 3)] ?? 0) >> (at & 7)) & 1) taken.add(first + at);
    return { taken, revision: kv.modRevision };
  }

  /** Changes the record until no other server comes between. Resolves to false if `change` does not want it. */
  async #change(change: (taken: Set<number>, revision: number) => boolean | Promise<boolean>): Promise<boolean> {
    for (;;) {
      const { taken, revision } = await this.#read();
      if (!(await change(taken, revision))) return false;
      const { ok } = await this.#server.storage.put(key, this.#encode(taken), revision);
      if (ok) return true;
    }
  }

  #encode(taken: ReadonlySet<number>): Uint8Array {
    const { first, count } = this.#server.serviceRanges.ports;
    const bits = Buffer.alloc(Math.ceil(count / 8));
    for (const port of taken) {
      const at = port - first;
      // A service may have a port of an older, wider range.
      if (at < 0 || at >= count) continue;
      const byte = bits.length - 1 - (at >> 3);
      bits[byte] = (bits[byte] ?? 0) | (1 << (at & 7));
    }
    const used = bits.findIndex((byte) => byte !== 0);
    const data = (used < 0 ? Buffer.alloc(0) : bits.subarray(used)).toString('base64');
    return encodeUtf8(JSON.stringify({ metadata: {}, range: this.#text, data }));
  }

  get #text(): string {
    const { first, count } = this.#server.serviceRanges.ports;
    return `${first}-${first + count - 1}`;
  }
}
