import type { WriteOptions } from '../http/write-options.js';
import type { Operation, ServedResource, ServerContext } from '../object/server-context.js';

/** Returns the options of a controller's write: stored, under its own name. */
export function controllerOptions(manager: string): WriteOptions {
  return { dryRun: false, fieldValidation: 'Ignore', manager, managerGiven: false, force: undefined };
}

/** The place of a controller's operation. */
export interface OperationPlace {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string;
}

/** Returns an operation of one of the server's controllers, which has all rights. */
export function controllerOperation(
  server: ServerContext,
  resource: ServedResource,
  { namespace, name, subresource }: OperationPlace,
  manager: string,
): Operation {
  const { group, version, plural } = resource;
  return {
    server,
    verb: 'patch',
    path: { group, version, plural, namespace, name, subresource, watch: false },
    resource,
    user: {
      username: `system:serviceaccount:kube-system:${manager}`,
      groups: ['system:masters', 'system:authenticated'],
    },
    given: { dryRun: [], fieldManager: '', fieldValidation: '' },
    bodyLength: 0,
    signal: undefined,
    audit: undefined,
    warnings: [],
  };
}
