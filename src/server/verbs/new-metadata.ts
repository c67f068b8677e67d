import type { ObjectMeta } from '../../meta/index.js';
import type { Operation } from '../object/server-context.js';
import { generateName, newUid, timestamp } from '../object/system-fields.js';
import { namespaceMismatch } from './match-path.js';

/** Sets what the server alone decides when an object is made. */
export function fillSystemFields(meta: ObjectMeta, request: Operation): void {
  const { server, resource, path } = request;
  if (resource.namespaced) {
    if ((meta.namespace ?? '') !== '' && meta.namespace !== path.namespace) throw namespaceMismatch();
    meta.namespace = path.namespace;
  } else delete meta.namespace;
  meta.uid = newUid(server.random);
  meta.creationTimestamp = timestamp(server.clock);
  if ((meta.name ?? '') === '' && (meta.generateName ?? '') !== '') {
    meta.name = generateName(meta.generateName ?? '', server.random);
  }
}
