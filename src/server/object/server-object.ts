import type { ObjectMeta } from '../../meta/index.js';

/** An object inside the server: metadata is always there. */
export interface ServerObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}
