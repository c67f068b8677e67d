import type { Buffer } from 'node:buffer';

/** One element of DER (X.690). */
export interface DerElement {
  readonly tag: number;
  /** The whole element, with tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** Splits DER into its elements. Stops at the first that is not whole. */
export function derElements(der: Buffer): DerElement[] {
  const found: DerElement[] = [];
  let at = 0;
  while (at + 2 <= der.length) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    if (sizeBytes > 4 || at + 2 + sizeBytes > der.length) break;
    const length = sizeBytes === 0 ? first : der.readUIntBE(at + 2, sizeBytes);
    const start = at + 2 + sizeBytes;
    if (start + length > der.length) break;
    found.push({ tag, whole: der.subarray(at, start + length), content: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** Returns the elements inside the first element of DER. */
export function insideOf(der: Buffer | undefined): DerElement[] {
  const [outer] = der === undefined ? [] : derElements(der);
  return outer === undefined ? [] : derElements(outer.content);
}

/** Reads an object identifier, such as `2.5.4.3`. */
export function readObjectId({ content }: DerElement): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (numbers.length === 0) {
      const first = Math.min(Math.floor(value / 40), 2);
      numbers.push(first, value - first * 40);
    } else numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}

/** Returns the value of an extension of a certificate or of a request, by its object identifier, out of the list of them. */
export function extensionValue(extensions: Buffer | undefined, id: string): Buffer | undefined {
  for (const { content } of insideOf(extensions)) {
    const [type, ...rest] = derElements(content);
    if (type !== undefined && readObjectId(type) === id) return rest.at(-1)?.content;
  }
  return undefined;
}
