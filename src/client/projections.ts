import type { Table } from '../meta/index.js';
import type { Codec } from '../wire/index.js';
import type { CallOptions, Selection } from './options.js';

/** Options of table reads. */
export interface TableOptions extends CallOptions, Selection {
  /** At most this many rows; `metadata.continue` leads on. Default: all. */
  readonly limit?: number | undefined;
  /** Where an earlier table stopped: its `metadata.continue`. */
  readonly continue?: string | undefined;
}

/** Reading objects as a table. */
export interface TableReader {
  /** One object as a table of one row. */
  get(name: string, options?: CallOptions): Promise<Table>;
  /** All objects selected, in one answer unless a limit is given. */
  list(options?: TableOptions): Promise<Table>;
}

/** In which form objects are asked for; undefined is the whole object. */
export type Projection = 'metadata' | 'table' | undefined;

/**
 * Returns the `Accept` header of a projection. It lists no fallback: servers that do not know the projection answer with whole objects.
 */
export function acceptFor(
  codec: Pick<Codec, 'mediaType' | 'watchMediaType'>,
  projection: Projection,
  many: boolean,
  watch = false,
): string {
  const mediaType = watch ? codec.watchMediaType : codec.mediaType;
  if (projection === undefined) return mediaType;
  const as = projection === 'table' ? 'Table' : many ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  return `${mediaType};as=${as};v=v1;g=meta.k8s.io`;
}
