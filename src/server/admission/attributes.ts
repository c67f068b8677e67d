import type { DeleteOptions } from '../../meta/index.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';

/** What objects say they are. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One write on its way into the store: what admission is asked about. */
export interface AdmissionAttributes {
  readonly request: ResourceRequest;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The object as it would be stored; undefined for a deletion. */
  readonly object: ServerObject | undefined;
  /** The object as it is stored; undefined for a creation. */
  readonly old: ServerObject | undefined;
  readonly dryRun: boolean;
  /** Whether the name of a new object is one the server has made, which nobody sees before the object is checked. */
  readonly nameless?: boolean | undefined;
  /** What a deletion was asked for with. */
  readonly deletion?: DeleteOptions | undefined;
  /** The kind of the object, where it is not the resource's: a subresource may speak one of its own, such as Eviction. */
  readonly kind?: ObjectKind | undefined;
}
