import { admit } from '../../admission/admit.js';
import { mutate } from '../../admission/mutation.js';
import type { ObjectKind } from '../../object/admission-attributes.js';
import type { Operation } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';

/**
 * Asks the cluster's webhooks and policies about an object that is posted and never kept: a Binding, an Eviction, a TokenRequest, a review. Returns it as
 * they have changed it. `kind` is given where it is not that of the resource.
 */
export async function admitPosted(
  request: Operation,
  object: ServerObject,
  kind: ObjectKind | undefined,
  dryRun: boolean,
): Promise<ServerObject> {
  if (request.resource.namespaced && (object.metadata.namespace ?? '') === '')
    object.metadata.namespace = request.path.namespace;
  const attributes = { request, operation: 'CREATE', object, old: undefined, dryRun, kind } as const;
  const admitted = await mutate(attributes);
  await admit({ ...attributes, object: admitted });
  return admitted;
}
