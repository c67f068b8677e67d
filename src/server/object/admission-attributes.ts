import type { DeleteOptions } from '../../meta/index.js';
import type { JsonObject } from '../../util/json-value.js';
import type { Operation } from './server-context.js';
import type { ServerObject } from './server-object.js';

/** The kind that an object states. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One write on its way into the store, or one connection to a pod, service or node: what admission is asked about. */
export interface AdmissionAttributes {
  readonly request: Operation;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** The object as it would be stored; undefined for a deletion and for a connection. */
  readonly object: ServerObject | undefined;
  /** The object as it is stored; undefined for a creation. */
  readonly old: ServerObject | undefined;
  readonly dryRun: boolean;
  /** True if the server generated the name. Webhooks do not see such a name. */
  readonly nameless?: boolean | undefined;
  /** The options of a deletion. */
  readonly deletion?: DeleteOptions | undefined;
  /** The options of a connection, such as PodExecOptions. Admission sees them as the object. Webhooks change them in place. */
  readonly connection?: JsonObject | undefined;
  /** The kind of the object, where it is not the resource's: a subresource may speak one of its own, such as Eviction. */
  readonly kind?: ObjectKind | undefined;
}
