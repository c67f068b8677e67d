import { controllerOperation, controllerOptions } from '../controllers/controller-operation.js';
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
  const { applyStored } = await loadWrites();
  for (const schema of schemas) {
    const condition = danglingCondition(schema, hasLevel);
    const { name } = schema.metadata;
    if (condition === undefined || server.closing.aborted) continue;
    const operation = controllerOperation(server, resource, { name, subresource: 'status' }, manager);
    const conditions = [{ ...condition, lastTransitionTime: timestamp(server.clock) }];
    const applied = {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata: { name },
      status: { conditions },
    };
    await applyStored(operation, { ...controllerOptions(manager), force: true }, applied);
  }
}
