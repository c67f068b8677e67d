import type { KeyValue } from '../storage/storage.js';

/** The most bytes that are remembered, by all servers of the process together. */
const mostBytes = 128 * 1024 * 1024;

/** Lists of objects that are stored in more bytes than this are not remembered: one of them would push out everything, itself included. */
export const mostRemembered = mostBytes + mostBytes / 2;

/** Protobuf messages of stored objects, for as long as the state of an object is kept. If there are too many, all are forgotten. */
class MessageCache {
  #messages = new WeakMap<KeyValue, { readonly type: string; readonly message: Uint8Array }>();
  #bytes = 0;

  /** Returns the message of a stored object, undefined if it is not cached. */
  get(kv: KeyValue, type: string): Uint8Array | undefined {
    const known = this.#messages.get(kv);
    return known?.type === type ? known.message : undefined;
  }

  set(kv: KeyValue, type: string, message: Uint8Array): void {
    if (this.#bytes + message.length > mostBytes) {
      this.#messages = new WeakMap();
      this.#bytes = 0;
    }
    this.#bytes += message.length;
    this.#messages.set(kv, { type, message });
  }
}

/** The messages of all servers of the process, which share one bound. A stored object belongs to one server. */
export const messageCache = new MessageCache();
