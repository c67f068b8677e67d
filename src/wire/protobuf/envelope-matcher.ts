import { encodeUtf8 } from '../../util/bytes.js';
import type { ExpectedKind } from './decode.js';
import { type Envelope, magic } from './envelope.js';

/**
 * Opens envelopes around objects of one kind, as every Go server writes them: what is the same for all of them is compared byte by byte,
 * and nothing is read. What looks otherwise is for `openEnvelope`.
 */
export class EnvelopeMatcher {
  readonly #kind: ExpectedKind;
  /** Up to and with the tag of the object: the magic, 1 TypeMeta (1 apiVersion, 2 kind), 2 the object. */
  readonly #head: Uint8Array;
  /** Where the object of the envelope opened last is. */
  start = 0;
  end = 0;

  constructor(kind: ExpectedKind) {
    this.#kind = kind;
    const [apiVersion, name] = [encodeUtf8(kind.apiVersion), encodeUtf8(kind.kind)];
    const type = [0x0a, apiVersion.length, ...apiVersion, 0x12, name.length, ...name];
    // Longer names would need longer lengths; there are none, and such a head matches nothing.
    this.#head = Uint8Array.from([...magic, 0x0a, type.length, ...type, 0x12]);
  }

  /** Reports whether this matcher can open the envelope at `[start, end)`. */
  opens(b: Uint8Array, start: number, end: number): boolean {
    const head = this.#head;
    let at = start + head.length;
    // The first bytes are the same for all kinds. Bytes that are not an envelope differ in the very first one.
    if (at >= end) return false;
    for (let i = 0; i < head.length; i++) if (b[start + i] !== head[i]) return false;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = b[at++] ?? 0x80;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift === 21) return false;
    }
    const stop = at + length;
    // Behind it stand an empty content encoding and an empty content type.
    const isWhole =
      stop === end ||
      (stop + 4 === end && b[stop] === 0x1a && b[stop + 1] === 0 && b[stop + 2] === 0x22 && b[stop + 3] === 0);
    if (!isWhole) return false;
    this.start = at;
    this.end = stop;
    return true;
  }

  /** Reports whether an envelope is for this kind. An envelope without a kind is. */
  isFor({ apiVersion, kind }: Envelope): boolean {
    return (kind === '' || kind === this.#kind.kind) && (apiVersion === '' || apiVersion === this.#kind.apiVersion);
  }
}
