import { createHash } from 'node:crypto';
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';

/** A recorded conversation: what the client does, and what a real kube-apiserver and kubelet answered. */
export interface RecordedCase {
  readonly id: string;
  /** Default: `http`. */
  readonly kind?: 'http' | 'follow' | 'ws' | 'spdyExec' | 'spdyPf' | 'rawUpgrade';
  readonly method?: string;
  readonly path: string;
  /** A null removes a header that clients send. */
  readonly headers?: readonly (readonly [string, string | null])[];
  readonly token?: string;
  readonly bearer?: string;
  readonly body?: string;
  readonly chunks?: readonly string[];
  readonly bodyBytes?: number;
  readonly streamed?: boolean;
  readonly wait?: number;
  readonly line?: string;
  readonly protocols?: readonly string[];
  readonly steps?: readonly Step[];
  readonly plain?: boolean;
  readonly binary?: boolean | 'port';
  readonly tunnel?: boolean;
  readonly upgrade?: string;
  readonly versions?: readonly string[];
  readonly streams?: readonly string[];
  readonly stdin?: string;
  readonly resize?: string;
  readonly conns?: readonly ForwardedConnection[];
  readonly send?: string;
  readonly expectBytes?: number;
  /** Patterns whose matches do not count, each with what stands for them. */
  readonly mask?: readonly (readonly [string, string])[];
  readonly cmp?: 'status';
  readonly noType?: boolean;
  readonly ignore?: readonly string[];
  /** True for a bug, a race, or the words of one container runtime: never a failure. */
  readonly info?: boolean;
  readonly res: Outcome;
}

/** One step of a conversation over a WebSocket. */
export interface Step {
  readonly send?: readonly [number, string];
  readonly hex?: string;
  readonly fill?: readonly [number, number, number];
  readonly rawHex?: string;
  readonly op?: number;
  readonly text?: string;
  readonly ping?: string;
  readonly wait?: readonly [number, string | number];
  readonly sleep?: number;
  readonly close?: number;
  readonly destroy?: boolean;
  readonly end?: true | number;
  readonly quiet?: number;
}

/** One connection of a port-forward. */
export interface ForwardedConnection {
  readonly port: number | string;
  readonly extra?: { readonly [name: string]: string };
  readonly noData?: boolean;
  readonly send?: string;
  readonly fin?: boolean;
  readonly ms?: number;
  readonly body?: boolean;
}

/** An answer, in the form of the recordings. */
export interface Outcome {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly [field: string]: unknown;
}

/** The headers that count. The others differ between any two servers. */
const relevant = new Set([
  ...['content-type', 'location', 'set-cookie', 'content-encoding', 'upgrade', 'connection', 'retry-after', 'allow'],
  ...['sec-websocket-protocol', 'x-stream-protocol-version', 'x-accepted-stream-protocol-versions', 'www-authenticate'],
  ...['x-content-type-options', 'cache-control', 'trailer', 'x-keep-me', 'x-drop-me', 'x-backend', 'warning', 'server'],
  ...['x-saw-accept-encoding', 'access-control-allow-origin', 'strict-transport-security', 'keep-alive'],
  'proxy-authenticate',
]);

/** Returns the part of an outcome that counts, so that two of them can be compared. */
export function comparable(outcome: Outcome, recorded: RecordedCase): unknown {
  const masked = (recorded.mask ?? []).reduce<unknown>(
    (value, [pattern, to]) => mapTexts(value, (text) => text.replace(new RegExp(pattern, 'g'), to)),
    outcome,
  ) as Outcome;
  const headers = masked.headers?.filter(
    ([name]) => relevant.has(name) && !(recorded.noType && name === 'content-type'),
  );
  if (recorded.cmp === 'status')
    return { status: masked.status, type: masked.headers?.find(([name]) => name === 'content-type') };
  const encoding = headers?.find(([name]) => name === 'content-encoding')?.[1];
  const { chunked, emptyFrames, lastChannel, ...counts } = { ...masked, headers } as Outcome;
  const channels = counts.channels as { [channel: string]: { text?: string } } | undefined;
  const kept = Object.entries(channels ?? {}).filter(([, { text }]) => text !== '');
  const ignored = new Set(recorded.ignore);
  const fields = {
    ...counts,
    ...(channels === undefined ? {} : { channels: Object.fromEntries(kept) }),
    body: parsed(counts.body),
    ...unzipped(encoding, counts.bodyB64),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && !ignored.has(name)),
  );
}

/** Two encoders of the same text need not agree. */
function unzipped(encoding: string | undefined, body: unknown): object {
  if (typeof body !== 'string') return {};
  const bytes = Buffer.from(body, 'base64');
  if (encoding !== 'gzip' && encoding !== 'deflate') return {};
  // The recorded encoder leaves out the end.
  const lenient = { finishFlush: constants.Z_SYNC_FLUSH };
  const text = encoding === 'gzip' ? gunzipSync(bytes, lenient) : inflateRawSync(bytes, lenient);
  return { bodyB64: text.toString().replace(/127\.0\.0\.1:\d+/g, '{SERVER}') };
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string' || !body.startsWith('{')) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapTexts(one, change)]));
}

const dropped = new Set(['date', 'audit-id', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid']);

/** Returns headers in the form of the recordings. */
export function packedHeaders(
  headers: readonly (readonly [string, string])[],
  normal: (text: string) => string,
): [string, string][] {
  const kept = headers.filter(([name]) => !dropped.has(name));
  const shown = kept.map(([name, value]): [string, string] => [
    name,
    name === 'sec-websocket-accept' ? '{KEY}' : normal(value),
  ]);
  return shown.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

/** Returns a body in the form of the recordings: as text, in base64, or as its length and hash. */
export function packedBody(body: Buffer, normal: (text: string) => string): { [field: string]: unknown } {
  const text = body.toString('utf8');
  const isText = Buffer.from(text).equals(body);
  if (body.length <= 6000 && isText) return { body: normal(text) };
  if (body.length <= 1500) return { bodyB64: body.toString('base64') };
  return { bodyBytes: body.length, bodySha256: sha256(isText ? normal(text) : body) };
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
