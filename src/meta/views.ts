import type { ListMeta, ObjectMeta } from './object-meta.js';

/** An object of any kind of which only the metadata was asked for. */
export interface PartialObjectMetadata {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** A list of which only the objects' metadata was asked for. */
export interface PartialObjectMetadataList {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ListMeta | undefined;
  items: PartialObjectMetadata[];
}

/** Objects as the rows the server would have printed: what `kubectl get` shows. */
export interface Table {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ListMeta | undefined;
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}

/** One column of a table. */
export interface TableColumnDefinition {
  name: string;
  /** An OpenAPI type: `string`, `integer`, `number`, `boolean`. */
  type: string;
  /** An OpenAPI format; `name` marks the column that names the object. */
  format: string;
  description: string;
  /** 0: always shown; greater: shown only where there is much room (`-o wide`). */
  priority: number;
}

/** One object as a row. */
export interface TableRow {
  /** One value for each column. */
  cells: unknown[];
  conditions?: TableRowCondition[] | undefined;
  /** The object, its metadata or nothing, as `includeObject` of the request asked (by default its metadata). */
  object?: PartialObjectMetadata | undefined;
}

/** Something special about a row, such as `Completed`. */
export interface TableRowCondition {
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  reason?: string | undefined;
  message?: string | undefined;
}

/** The part of each object that a table carries. */
export type IncludeObjectPolicy = 'None' | 'Metadata' | 'Object';
