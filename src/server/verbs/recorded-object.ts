import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { written } from '../scheme/canonical.js';

/** Records the object of a POST or PUT for the audit log: when it is decoded, and again when it has its defaults. */
export function recordSent({ audit, resource }: Operation, object: ServerObject): void {
  if (audit === undefined) return;
  const { kind, apiVersion } = resource;
  audit.requested({ kind, apiVersion, ...structuredClone(written(resource, object)) });
}
