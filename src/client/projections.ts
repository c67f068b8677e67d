import type { KubeObject, ObjectMeta } from '../meta/index.js';
import type { Codec } from '../wire/index.js';
import type { CallOptions, Selection } from './options.js';

/** An object of which only the metadata was asked for. */
export interface PartialObjectMetadata extends KubeObject {
  metadata?: ObjectMeta | undefined;
}

/** Objects as a server would print them. */
export interface Table {
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly TableRow[];
  readonly metadata?:
    | { readonly resourceVersion?: string | undefined; readonly continue?: string | undefined }
    | undefined;
}

/** One column. */
export interface TableColumn {
  readonly name: string;
  /** An OpenAPI type: `string`, `integer`, `number`, `boolean`, `date`. */
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0: always shown; greater: only with `-o wide`. */
  readonly priority: number;
}

/** One object, cell by cell in the order of the columns. */
export interface TableRow {
  readonly cells: readonly unknown[];
  /** The object's metadata. */
  readonly object?: PartialObjectMetadata | undefined;
}

/** Options of table reads. */
export interface TableOptions extends CallOptions, Selection {
  /** At most this many rows; `metadata.continue` leads on. Default: all. */
  readonly limit?: number | undefined;
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

/** What `Accept` says for a projection. Servers that do not know it answer with whole objects, hence no fallback is listed. */
export function acceptFor(codec: Codec, projection: Projection, many: boolean, watch = false): string {
  const mediaType = watch ? codec.watchMediaType : codec.mediaType;
  if (projection === undefined) return mediaType;
  const as = projection === 'table' ? 'Table' : many ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  return `${mediaType};as=${as};v=v1;g=meta.k8s.io`;
}
