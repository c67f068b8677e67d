/** A kind as queries name it. */
export interface QueryKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One condition on a field. */
export interface FieldCondition {
  /** Such as `status.phase`, `spec.containers[*].image` or `metadata.labels['app.kubernetes.io/name']`. */
  readonly path: string;
  readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'contains' | 'exists';
  /** A list for `in`; nothing for `exists`. */
  readonly value?: unknown;
}

/** The rows to send, of all that there are in order. */
export interface QueryWindow {
  readonly from: number;
  /** The row after the last one. */
  readonly to: number;
}

/** The choice, order and part of a collection that a browser shows. */
export interface QueryOptions {
  /** The name of one of the gateway's clusters. Default: the first. */
  readonly cluster?: string | undefined;
  /** Default: every namespace that the user may read. */
  readonly namespace?: string | undefined;
  /** A label selector, as kubectl writes it: `app=web,tier!=cache`. */
  readonly labels?: string | undefined;
  /** Conditions, all of which hold. */
  readonly where?: readonly FieldCondition[] | undefined;
  /** Words, each of which has to be in one of the searched fields. Case does not count. */
  readonly search?: string | undefined;
  /** The fields that are searched. Default: name, namespace and labels. */
  readonly searchIn?: readonly string[] | undefined;
  /** Fields to sort by, the first one first; `-` before a field turns its order round. Default: namespace and name. */
  readonly sort?: readonly string[] | undefined;
  /** A field whose values are counted over everything chosen, such as `status.phase`. */
  readonly group?: string | undefined;
  /** Default: the first 50 rows. */
  readonly window?: QueryWindow | undefined;
  /** The content of rows: whole objects, the cells of the server's table, or the values of fields. Default: `object`. */
  readonly columns?: 'object' | 'table' | readonly string[] | undefined;
}

/** One row of a query. */
export interface QueryRow<T = unknown> {
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** The object, if `columns` asks for objects. */
  readonly object?: T;
  /** The cells of the server's table, or the values of the fields that `columns` names. */
  readonly cells?: readonly unknown[];
}

/** A column of the server's table. */
export interface QueryColumn {
  readonly name: string;
  readonly type: string;
  /** Columns above 0 are for wide tables. */
  readonly priority: number;
}

/** A message of a browser. `id` is a number that the browser chose for a query, a call or a stream. */
export type ClientMessage =
  | { readonly type: 'open'; readonly id: number; readonly kind: QueryKind; readonly query: QueryOptions }
  | { readonly type: 'update'; readonly id: number; readonly query: QueryOptions }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'call'; readonly id: number; readonly action: string; readonly params?: unknown }
  | { readonly type: 'stream'; readonly id: number; readonly stream: string; readonly params?: unknown }
  /** Input of a stream as text, or its end. */
  | {
      readonly type: 'input';
      readonly id: number;
      readonly data?: string | undefined;
      readonly end?: boolean | undefined;
    }
  | { readonly type: 'resize'; readonly id: number; readonly columns: number; readonly rows: number }
  /** The browser has read so many characters of a stream. */
  | { readonly type: 'read'; readonly id: number; readonly length: number };

/** An error as browsers receive it. It never holds more than the API server tells the user. */
export interface GatewayFault {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** The fields that are not valid, or that somebody else changed too if an edit meets a conflict. */
  readonly fields?: readonly string[] | undefined;
}

/** A message of the gateway. */
export type ServerMessage =
  | {
      readonly type: 'rows';
      readonly id: number;
      /** The number of rows that the query chooses. */
      readonly total: number;
      /** The place of the window's first row, in each answer to `open` and `update`. */
      readonly from?: number;
      /** The keys of the window in order, if they have changed. */
      readonly order?: readonly string[];
      /** The rows that are new or have changed. */
      readonly set?: readonly QueryRow[];
      /** The number of rows for each value of `group`, if it has changed. */
      readonly counts?: { readonly [value: string]: number };
      /** Of the server's table, before its first rows. */
      readonly tableColumns?: readonly QueryColumn[];
    }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly fault: GatewayFault }
  | { readonly type: 'output'; readonly id: number; readonly data: string; readonly from: 'stdout' | 'stderr' }
  /** A stream or a call ended. */
  | { readonly type: 'end'; readonly id: number; readonly value?: unknown };
