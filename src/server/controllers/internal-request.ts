import { json } from '../http/negotiate.js';
import type { WriteOptions } from '../http/write-options.js';
import type { ResourceRequest, ServedResource, ServerContext } from '../object/server-context.js';

/** Returns the options of a controller's write: stored, under its own name. */
export function internalOptions(manager: string): WriteOptions {
  return { dryRun: false, fieldValidation: 'Ignore', manager, managerGiven: false, force: undefined };
}

/** A request the server makes of itself, with all rights, on behalf of one of its controllers. */
export function internalRequest(
  server: ServerContext,
  resource: ServedResource,
  namespace: string | undefined,
  name: string | undefined,
  manager: string,
): ResourceRequest {
  const { group, version, plural } = resource;
  return {
    server,
    http: { method: 'PATCH', path: '', headers: { 'user-agent': `${manager}/keelson` } },
    path: { group, version, plural, namespace, name, subresource: undefined, watch: false },
    resource,
    query: new URLSearchParams(),
    media: json,
    user: {
      username: `system:serviceaccount:kube-system:${manager}`,
      groups: ['system:masters', 'system:authenticated'],
    },
    warnings: [],
  };
}
