import type { ResourceRequest } from '../registry/context.js';
import type { ServerObject } from '../registry/stored.js';
import { columnsOf, rowConditionsOf } from './columns.js';

/** Objects as `meta.k8s.io` Table: what kubectl prints. `includeObject` of the query says what rows carry besides their cells. */
export function tableOf(
  request: ResourceRequest,
  objects: readonly ServerObject[],
  metadata: { [field: string]: unknown },
): { [field: string]: unknown } {
  const columns = columnsOf(request.resource);
  const now = request.server.clock.now();
  const version = request.media.metaVersion ?? 'v1';
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...rowConditionsOf(request.resource, object),
      ...rowObject(request.query.get('includeObject') ?? 'Metadata', object, version),
    })),
  };
}

function rowObject(include: string, object: ServerObject, version: string): { object?: unknown } {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata } };
}
