import type { WriteOptions } from '../http/write-options.js';
import type { FieldManagerContext } from '../patch/index.js';
import type { ResourceRequest } from './context.js';
import { timestamp } from './system-fields.js';

/** Who writes, for the bookkeeping of managedFields. */
export function managerContext(request: ResourceRequest, options: WriteOptions): FieldManagerContext {
  const { server, resource, path } = request;
  const subresource = path.subresource ?? '';
  return {
    schema: server.scheme.resolver(resource),
    manager: options.manager,
    apiVersion: resource.apiVersion,
    subresource,
    now: timestamp(server.clock),
    // Status belongs to /status alone where there is one; /status belongs to it alone.
    ...(resource.hasStatus ? { resetFields: [[subresource === 'status' ? 'spec' : 'status']] } : {}),
  };
}
