import type { ResourceRequest } from '../registry/context.js';
import type { ServerObject } from '../registry/stored.js';

/** One write on its way into the store: what admission is asked about. */
export interface AdmissionAttributes {
  readonly request: ResourceRequest;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The object as it would be stored; undefined for a deletion. */
  readonly object: ServerObject | undefined;
  /** The object as it is stored; undefined for a creation. */
  readonly old: ServerObject | undefined;
  readonly dryRun: boolean;
}
