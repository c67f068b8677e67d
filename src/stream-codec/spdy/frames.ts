/** The types of SPDY/3.1 control frames. */
export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The reasons in RST_STREAM frames. */
export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
} as const;

/** The flag of the last frame that a side sends on a stream. */
export const FIN = 1;

/** The setting that announces how much a peer may send on a stream before it is given more. */
const INITIAL_WINDOW_SIZE = 7;

const VERSION = 3;
const MOST_IN_FRAME = 0xffffff;

/** Encodes a control frame. */
function controlFrame(type: number, flags: number, payload: Uint8Array): Buffer {
  if (payload.length > MOST_IN_FRAME) throw new RangeError(`a SPDY frame of ${payload.length} bytes is too long`);
  const frame = Buffer.allocUnsafe(8 + payload.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(((flags & 0xff) << 24) | payload.length, 4);
  frame.set(payload, 8);
  return frame;
}

/** Encodes a data frame. */
export function dataFrame(streamId: number, data: Uint8Array, fin: boolean): Buffer {
  if (data.length > MOST_IN_FRAME) throw new RangeError(`a SPDY frame of ${data.length} bytes is too long`);
  const frame = Buffer.allocUnsafe(8 + data.length);
  frame.writeUInt32BE(streamId & 0x7fffffff, 0);
  frame.writeUInt32BE(data.length, 4);
  frame[4] = fin ? FIN : 0;
  frame.set(data, 8);
  return frame;
}

/** Encodes SYN_STREAM, with the headers compressed. */
export function synStreamFrame(streamId: number, block: Uint8Array, fin: boolean): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(streamId, 0);
  return controlFrame(frameTypes.synStream, fin ? FIN : 0, Buffer.concat([head, block]));
}

/** Encodes SYN_REPLY, with the headers compressed. */
export function synReplyFrame(streamId: number, block: Uint8Array): Buffer {
  return controlFrame(frameTypes.synReply, 0, Buffer.concat([words(streamId), block]));
}

/** Encodes RST_STREAM. */
export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(frameTypes.rstStream, 0, words(streamId, status));
}

/** Encodes PING. */
export function pingFrame(id: number): Buffer {
  return controlFrame(frameTypes.ping, 0, words(id));
}

/** Encodes GOAWAY. */
export function goAwayFrame(lastStreamId: number, status: number): Buffer {
  return controlFrame(frameTypes.goAway, 0, words(lastStreamId, status));
}

/** Encodes WINDOW_UPDATE. Stream 0 stands for the whole connection. */
export function windowUpdateFrame(streamId: number, delta: number): Buffer {
  return controlFrame(frameTypes.windowUpdate, 0, words(streamId, delta));
}

/** Encodes SETTINGS with one setting, the window that each new stream begins with. */
export function windowSettingsFrame(window: number): Buffer {
  return controlFrame(frameTypes.settings, 0, words(1, INITIAL_WINDOW_SIZE, window));
}

/** Reads the initial window from the payload of SETTINGS, or returns undefined when it announces none. */
export function windowInSettings(payload: Buffer): number | undefined {
  if (payload.length < 4) return undefined;
  const count = Math.min(payload.readUInt32BE(0), Math.floor((payload.length - 4) / 8));
  for (let index = 0; index < count; index++) {
    const at = 4 + index * 8;
    if ((payload.readUInt32BE(at) & 0xffffff) === INITIAL_WINDOW_SIZE) return payload.readUInt32BE(at + 4) & 0x7fffffff;
  }
  return undefined;
}

function words(...values: readonly number[]): Buffer {
  const payload = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value >>> 0, index * 4);
  return payload;
}
