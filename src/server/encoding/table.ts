import { columnsOf, rowConditionsOf } from '../kinds/columns.js';
import type { ResourceRequest, ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest } from '../object/status-error.js';
import { metadataAlone } from '../scheme/deprecations.js';

/** Returns what rows carry of their objects. Throws 400 for a query that asks for something else. */
export function includedObject(query: URLSearchParams): 'Metadata' | 'Object' | 'None' {
  const include = query.get('includeObject') || 'Metadata';
  if (include === 'Metadata' || include === 'Object' || include === 'None') return include;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Objects as `meta.k8s.io` Table: what kubectl prints. `includeObject` of the query says what rows carry besides their cells. */
export function tableOf(
  request: ResourceRequest,
  objects: readonly ServerObject[],
  metadata: { [field: string]: unknown },
): { [field: string]: unknown } {
  const columns = columnsOf(request.resource, request.path.subresource);
  const include = includedObject(request.query);
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
      object: rowObject(request.resource, include, object, version),
    })),
  };
}

function rowObject(
  resource: ServedResource,
  include: 'Metadata' | 'Object' | 'None',
  object: ServerObject,
  version: string,
): object | null {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: metadataAlone(resource, object.metadata),
  };
}
