import { toLabelSelector } from '../../../meta/index.js';
import { fieldsOf, numberOf } from '../../fields.js';
import { decodeBody } from '../../http/body.js';
import type { ServerResponse } from '../../http/message.js';
import { parseWriteOptions, type WriteOptions } from '../../http/write-options.js';
import { fromScale, type SchemaResolver, serverSideApply, toScale, trackUpdate } from '../../patch/index.js';
import { notFound } from '../../status-error.js';
import { invalid, invalidValue } from '../../validation/field-error.js';
import { nameOf, type ResourceRequest } from '../context.js';
import { decodeKind, objectFromBody } from '../decode-object.js';
import { readExisting } from '../get.js';
import { managerContext } from '../managed-fields.js';
import { matchPath } from '../names.js';
import { readPatch, withPatchErrors } from '../patch-language.js';
import { renderObject } from '../render.js';
import { replaceStored } from '../replace.js';
import { decodeStored, type ServerObject } from '../stored.js';

const scaleKind = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

/** GET, PUT and PATCH of `/scale`: the replicas of a workload, in the same words whatever the kind. */
export const scale = {
  get: async (request: ResourceRequest): Promise<ServerResponse> => {
    const kv = await readExisting(request, nameOf(request));
    return renderObject(request, 200, scaleOf(decodeStored(kv, request.resource)));
  },
  update: async (request: ResourceRequest): Promise<ServerResponse> => {
    const options = parseWriteOptions(request.http, request.query, 'UpdateOptions');
    const wanted = objectFromBody(await decodeBody(request.http, 'Scale'), scaleKind, options, request.warnings);
    matchPath(wanted, request);
    return write(request, options, (current) => tracked(request, options, current, wanted));
  },
  patch: async (request: ResourceRequest): Promise<ServerResponse> => {
    const options = parseWriteOptions(request.http, request.query, 'PatchOptions');
    return withPatchErrors(async () => {
      const patch = await readPatch(request, options);
      return write(request, options, (current) => {
        if (patch.language === 'patch') {
          return tracked(request, options, current, patch.change(current, scaleKind, scaleSchema(request)));
        }
        const { applied } = patch;
        const context = { ...scaleContext(request, options), kind: 'Scale' };
        const { object } = serverSideApply({ ...context, live: current, applied, force: options.force });
        return decodeKind(object, scaleKind);
      });
    });
  },
};

/** Changes the parent by what `change` makes of its Scale. */
async function write(
  request: ResourceRequest,
  options: WriteOptions,
  change: (current: ServerObject) => ServerObject,
): Promise<ServerResponse> {
  const result = await replaceStored(
    request,
    options,
    (parent) => {
      const wanted = change(withManagers(request, scaleOf(parent), parent));
      const replicas = numberOf(fieldsOf(wanted.spec).replicas) ?? 0;
      if (replicas < 0) {
        const error = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
        throw invalid({ group: 'autoscaling', kind: 'Scale' }, nameOf(request), [error]);
      }
      const { resource } = request;
      const managedFields = fromScale(
        parent.metadata.managedFields,
        wanted.metadata.managedFields,
        resource.apiVersion,
        replicasPaths(request),
      );
      const { resourceVersion = '', uid } = wanted.metadata;
      const metadata = { ...parent.metadata, managedFields, resourceVersion, uid: uid ?? parent.metadata.uid };
      return { ...parent, metadata, spec: { ...fieldsOf(parent.spec), replicas } };
    },
    { tracked: true },
  );
  if (result === undefined) throw notFound(request.resource, nameOf(request));
  return renderObject(request, 200, scaleOf(result.object));
}

function tracked(
  request: ResourceRequest,
  options: WriteOptions,
  live: ServerObject,
  updated: ServerObject,
): ServerObject {
  return trackUpdate({ ...scaleContext(request, options), live, updated }) as ServerObject;
}

function scaleContext(request: ResourceRequest, options: WriteOptions) {
  return { ...managerContext(request, options), schema: scaleSchema(request), apiVersion: scaleKind.apiVersion };
}

function scaleSchema({ server: { scheme } }: ResourceRequest): SchemaResolver {
  return { root: { ref: 'autoscaling/v1.Scale' }, resolve: (ref) => scheme.resolve(ref) };
}

function replicasPaths({ resource }: ResourceRequest) {
  return { [resource.apiVersion]: ['spec', 'replicas'] };
}

/** The Scale with the managers of the replicas, who are kept on the workload and never shown. */
function withManagers(request: ResourceRequest, scale: ServerObject, parent: ServerObject): ServerObject {
  const managedFields = toScale(parent.metadata.managedFields, replicasPaths(request));
  return managedFields === undefined ? scale : { ...scale, metadata: { ...scale.metadata, managedFields } };
}

/** The Scale of a workload. */
function scaleOf(parent: ServerObject): ServerObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const spec = fieldsOf(parent.spec);
  const metadata = {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
  };
  const replicas = numberOf(fieldsOf(parent.status).replicas) ?? 0;
  return decodeKind(
    {
      ...scaleKind,
      metadata,
      spec: { replicas: numberOf(spec.replicas) ?? 0 },
      status: { replicas, selector: selectorText(spec.selector) },
    },
    scaleKind,
  );
}

/** A workload's selector as text: ReplicationControllers have plain labels where the others have a selector object. */
function selectorText(selector: unknown): string {
  return toLabelSelector(fieldsOf(selector)).toString();
}
