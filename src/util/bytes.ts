const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text behind UTF-8 bytes; bytes that are none become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Decodes UTF-8 bytes. Throws a `TypeError` for bytes that are not UTF-8. */
export function decodeUtf8Strict(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

/** All chunks in one array of their own. `total` saves counting where the caller already has. */
export function concatBytes(chunks: readonly Uint8Array[], total = totalLength(chunks)): Uint8Array {
  const out = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function totalLength(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  return total;
}

/** In shared memory `Buffer.copy` goes byte by byte before Node 22. Filling with a piece of the very length goes as fast as memory does. */
const copyIsSlow = Number.parseInt(process.versions.node, 10) < 22;

/** Up to so many bytes a loop is faster than a call. */
const shortCopy = 64;

/** Copies `[start, end)` of `from` to `to` at `at`, where there must be room, fast in shared memory too. Returns where it ends there. */
export function copyBytes(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  const after = at + end - start;
  if (end - start <= shortCopy) for (let i = start; i < end; i++) to[at + i - start] = from[i] ?? 0;
  else if (copyIsSlow) to.fill(from.subarray(start, end), at, after);
  else from.copy(to, at, start, end);
  return after;
}

/** The native part of `Buffer.toString`. The checks of its arguments take longer than a short text. */
type Sliceable = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  base64Slice(start: number, end: number): string;
};

/** The text at `[start, end)`, one character for each byte. The range must lie within `b`. */
export function latin1Of(b: Buffer, start: number, end: number): string {
  return (b as Sliceable).latin1Slice(start, end);
}

/** Returns the text at `[start, end)`; bytes that are not UTF-8 become U+FFFD. The range must lie within `b`. */
export function utf8Of(b: Buffer, start: number, end: number): string {
  return (b as Sliceable).utf8Slice(start, end);
}

/** The bytes at `[start, end)` in base64. The range must lie within `b`. */
export function base64Of(b: Buffer, start: number, end: number): string {
  return (b as Sliceable).base64Slice(start, end);
}
