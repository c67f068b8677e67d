import { encodeUtf8 } from '../../util/bytes.js';
import { internalRequest } from '../controllers/internal-request.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { timestamp } from '../object/system-fields.js';
import { loadWrites } from '../verbs/load-writes.js';
import { danglingCondition } from './flow-schema.js';

const manager = 'api-priority-and-fairness-config-consumer-v1';

/** Writes the condition `Dangling` of the FlowSchemas that do not have it as it should be. */
export async function settleFlowSchemas(
  server: ServerContext,
  schemas: readonly ServerObject[],
  hasLevel: (name: string) => boolean,
): Promise<void> {
  const resource = server.scheme.resource('flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas');
  if (resource === undefined) return;
  const { patchObject } = await loadWrites();
  for (const schema of schemas) {
    const condition = danglingCondition(schema, hasLevel);
    const { name } = schema.metadata;
    if (condition === undefined || server.closing.aborted) continue;
    const request = internalRequest(server, resource, undefined, name, manager);
    const conditions = [{ ...condition, lastTransitionTime: timestamp(server.clock) }];
    const applied = {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata: { name },
      status: { conditions },
    };
    await patchObject({
      ...request,
      http: {
        ...request.http,
        headers: { ...request.http.headers, 'content-type': 'application/apply-patch+yaml' },
        body: encodeUtf8(JSON.stringify(applied)),
      },
      path: { ...request.path, subresource: 'status' },
      query: new URLSearchParams({ fieldManager: manager, force: 'true' }),
    });
  }
}
