/** The kinds of entries that are copied. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'link' | 'other';

/** The head of one entry of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly type: TarEntryType;
  /** The bytes of content that follow. 0 for everything but files. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since the epoch, with a fraction where the archive has one. */
  readonly mtime: number;
  /** The target of a symbolic or hard link. */
  readonly linkName: string;
}

/** Archives are made of blocks of this size. */
export const BLOCK = 512;

/** The archive is malformed, cut short, or not an archive. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** Returns the sum of a header's bytes with spaces in place of the checksum. */
export function tarChecksum(header: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}
