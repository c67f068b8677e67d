/** The channels of exec, attach and logs over a WebSocket. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** One protocol of channels in WebSocket messages, such as `v5.channel.k8s.io`. */
export interface ChannelProtocol {
  /** The subprotocol as it stands in `Sec-WebSocket-Protocol`; empty when none was negotiated. */
  readonly name: string;
  /** True: messages are text, a digit for the channel and then base64. */
  readonly base64: boolean;
  /** True: `[255, channel]` closes one channel (v5). */
  readonly closes: boolean;
  /** True: the error channel carries a Status; false: plain text (before v4). */
  readonly status: boolean;
}

/** All protocols that clients may offer, by name. Servers of Kubernetes 1.36 take `SERVED_PROTOCOLS` only. */
const PROTOCOLS: readonly ChannelProtocol[] = [
  { name: 'v5.channel.k8s.io', base64: false, closes: true, status: true },
  { name: 'v4.channel.k8s.io', base64: false, closes: false, status: true },
  { name: 'v3.channel.k8s.io', base64: false, closes: false, status: false },
  { name: 'v2.channel.k8s.io', base64: false, closes: false, status: false },
  { name: 'channel.k8s.io', base64: false, closes: false, status: false },
  { name: 'v5.base64.channel.k8s.io', base64: true, closes: true, status: true },
  { name: 'v4.base64.channel.k8s.io', base64: true, closes: false, status: true },
  { name: 'v3.base64.channel.k8s.io', base64: true, closes: false, status: false },
  { name: 'v2.base64.channel.k8s.io', base64: true, closes: false, status: false },
  { name: 'base64.channel.k8s.io', base64: true, closes: false, status: false },
  { name: '', base64: false, closes: false, status: false },
];

/** The protocols that a server of Kubernetes 1.36 takes, the preferred one first. */
const SERVED_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'base64.channel.k8s.io',
];

/** Returns the protocol of that name, or undefined. The empty name is the protocol of sockets without a subprotocol. */
export function channelProtocol(name: string): ChannelProtocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.name === name);
}

/**
 * Chooses as a server of Kubernetes 1.36 does: v5 wins wherever it stands, else the first offer that is served. An empty list
 * gets the protocol without a name. Returns undefined when nothing fits; the server then answers 403.
 */
export function chooseProtocol(offered: readonly string[]): ChannelProtocol | undefined {
  if (offered.length === 0) return channelProtocol('');
  if (offered.includes('v5.channel.k8s.io')) return channelProtocol('v5.channel.k8s.io');
  const served = offered.find((name) => SERVED_PROTOCOLS.includes(name));
  return served === undefined ? undefined : channelProtocol(served);
}

/** One message, decoded. */
export type ChannelMessage =
  | { readonly kind: 'data'; readonly channel: number; readonly data: Uint8Array }
  /** The peer sends nothing more on that channel. */
  | { readonly kind: 'close'; readonly channel: number }
  /** The message is not of this protocol; peers end the connection then. */
  | { readonly kind: 'malformed' };

/** Encodes data of a channel as one message: bytes, or text for the base64 protocols. */
export function encodeChannelData(protocol: ChannelProtocol, channel: number, data: Uint8Array): Uint8Array | string {
  if (protocol.base64) return String.fromCharCode(0x30 + channel) + base64(data);
  const message = Buffer.allocUnsafe(data.length + 1);
  message[0] = channel;
  message.set(data, 1);
  return message;
}

/** Encodes the end of a channel, or returns undefined where the protocol has no such message. */
export function encodeChannelClose(protocol: ChannelProtocol, channel: number): Uint8Array | string | undefined {
  if (!protocol.closes) return undefined;
  return encodeChannelData(protocol, channels.close, Uint8Array.of(channel));
}

/**
 * Decodes one message, text or binary. An empty message is empty data on channel 0. Data points into `message`. Never throws.
 */
export function decodeChannelMessage(protocol: ChannelProtocol, message: Uint8Array): ChannelMessage {
  const [first = protocol.base64 ? 0x30 : 0] = message;
  const body = message.subarray(1);
  if (!protocol.base64) return readChannel(protocol, first, body);
  const channel = first - 0x30;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  if (channel < 0 || !BASE64.test(text)) return { kind: 'malformed' };
  return readChannel(protocol, channel, Buffer.from(text, 'base64'));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function readChannel(protocol: ChannelProtocol, channel: number, data: Uint8Array): ChannelMessage {
  if (!protocol.closes || channel !== channels.close) return { kind: 'data', channel, data };
  const [closed] = data;
  if (closed === undefined || data.length !== 1 || closed > channels.resize) return { kind: 'malformed' };
  return { kind: 'close', channel: closed };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
