import type { KeyValue } from '../storage/storage.js';

/** The most bytes that are remembered, by all servers of the process together. */
const mostBytes = 128 * 1024 * 1024;

/** Lists of objects that are stored in more bytes than this are not remembered: one of them would push out everything, itself included. */
export const mostRemembered = mostBytes + mostBytes / 2;

let messages = new WeakMap<KeyValue, { readonly type: string; readonly message: Uint8Array }>();
let bytes = 0;

/** A stored object in protobuf, as somebody has had it before; undefined where nobody has, or that is forgotten. */
export function rememberedMessage(kv: KeyValue, type: string): Uint8Array | undefined {
  const known = messages.get(kv);
  return known?.type === type ? known.message : undefined;
}

/** Remembers a stored object in protobuf for as long as its state is kept, or until there is too much to remember: then all are forgotten. */
export function rememberMessage(kv: KeyValue, type: string, message: Uint8Array): void {
  if (bytes + message.length > mostBytes) {
    messages = new WeakMap();
    bytes = 0;
  }
  bytes += message.length;
  messages.set(kv, { type, message });
}
