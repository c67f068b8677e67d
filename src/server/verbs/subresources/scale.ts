import { toLabelSelector } from '../../../meta/index.js';
import { fromScale, type SchemaResolver, serverSideApply, toScale, trackUpdate } from '../../../patch/index.js';
import { fieldsOf, numberOf, textOf } from '../../../util/json-fields.js';
import { mutate } from '../../admission/mutation.js';
import { nested, pathOf, withNested } from '../../custom/nested.js';
import { renderObject } from '../../encoding/render.js';
import { decodeBody } from '../../http/request-body.js';
import { parseWriteOptions, type WriteOptions } from '../../http/write-options.js';
import { invalid, invalidValue } from '../../object/field-error.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest, type ScalePaths, type ServedResource } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { internalError, notFound } from '../../object/status-error.js';
import { decodeKind, objectFromBody } from '../../scheme/decode-object.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { readExisting } from '../get.js';
import { managerContext } from '../managed-fields.js';
import { matchPath } from '../match-path.js';
import { readPatch, withPatchErrors } from '../patch-language.js';
import { replaceStored } from '../write.js';

const scaleKind = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

/** GET, PUT and PATCH of `/scale`: the replicas of a workload, in the same words whatever the kind. */
export const scale = {
  get: async (request: ResourceRequest): Promise<ServerResponse> => {
    const kv = await readExisting(request, nameOf(request));
    return renderObject(request, 200, scaleOf(decodeStored(kv, request.resource), request.resource));
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
      return write(request, options, async (current) => {
        if (patch.language === 'patch') {
          return tracked(request, options, current, await patch.change(current, scaleKind, scaleSchema(request)));
        }
        const { applied, confirm } = patch;
        const context = { ...scaleContext(request, options), kind: 'Scale' };
        const { object } = serverSideApply({ ...context, live: current, applied, force: options.force });
        confirm();
        return decodeKind(object, scaleKind);
      });
    });
  },
};

/** Changes the parent by what `change` makes of its Scale. */
async function write(
  request: ResourceRequest,
  options: WriteOptions,
  change: (current: ServerObject) => ServerObject | Promise<ServerObject>,
): Promise<ServerResponse> {
  const result = await replaceStored(
    request,
    options,
    async (parent) => {
      const old = withManagers(request, scaleOf(parent, request.resource), parent);
      const object = await change(old);
      const { dryRun } = options;
      const wanted = await mutate({ request, operation: 'UPDATE', object, old, dryRun, kind: scaleKind });
      const replicas = numberOf(fieldsOf(wanted.spec).replicas) ?? 0;
      // What custom resources may hold there is checked with the whole object.
      if (replicas < 0 && request.resource.custom === undefined) {
        const error = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
        throw invalid({ group: 'autoscaling', kind: 'Scale' }, nameOf(request), [error]);
      }
      const { resource } = request;
      const path = resource.custom?.scale?.spec ?? '.spec.replicas';
      const managedFields = fromScale(
        parent.metadata.managedFields,
        wanted.metadata.managedFields,
        resource.apiVersion,
        replicasPaths(request),
      );
      const { resourceVersion = '', uid } = wanted.metadata;
      const metadata = { ...parent.metadata, managedFields, resourceVersion, uid: uid ?? parent.metadata.uid };
      return withNested({ ...parent, metadata }, path, replicas);
    },
    { tracked: true, mutation: false, seen: { kind: scaleKind, of: (parent) => scaleOf(parent, request.resource) } },
  );
  if (result === undefined) throw notFound(request.resource, nameOf(request));
  return renderObject(request, 200, scaleOf(result.object, request.resource));
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
  return {
    ...managerContext(request, options),
    schema: scaleSchema(request),
    apiVersion: scaleKind.apiVersion,
    convert: undefined,
  };
}

function scaleSchema({ server: { scheme } }: ResourceRequest): SchemaResolver {
  return { root: { ref: 'autoscaling/v1.Scale' }, resolve: (ref) => scheme.resolve(ref) };
}

function replicasPaths({ resource }: ResourceRequest) {
  return { [resource.apiVersion]: pathOf(resource.custom?.scale?.spec ?? '.spec.replicas') };
}

/** The Scale with the managers of the replicas, who are kept on the workload and never shown. */
function withManagers(request: ResourceRequest, scale: ServerObject, parent: ServerObject): ServerObject {
  const managedFields = toScale(parent.metadata.managedFields, replicasPaths(request));
  return managedFields === undefined ? scale : { ...scale, metadata: { ...scale.metadata, managedFields } };
}

/** The Scale of a workload or a custom resource. */
function scaleOf(parent: ServerObject, { custom }: ServedResource): ServerObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const metadata = {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
  };
  const { spec, status } = custom?.scale === undefined ? workloadScale(parent) : customScale(parent, custom.scale);
  return decodeKind({ ...scaleKind, metadata, spec, status }, scaleKind);
}

interface ScaleParts {
  readonly spec: { replicas: number };
  readonly status: { replicas: number; selector: string };
}

function workloadScale({ spec, status }: ServerObject): ScaleParts {
  const { replicas, selector } = fieldsOf(spec);
  return {
    spec: { replicas: numberOf(replicas) ?? 0 },
    status: { replicas: numberOf(fieldsOf(status).replicas) ?? 0, selector: selectorText(selector) },
  };
}

function customScale(parent: ServerObject, paths: ScalePaths): ScaleParts {
  const replicas = numberOf(nested(parent, paths.spec));
  if (replicas === undefined) {
    const message = `the spec replicas field ${JSON.stringify(paths.spec)} does not exist`;
    throw internalError(message);
  }
  const selector = paths.selector === undefined ? '' : textOf(nested(parent, paths.selector));
  return { spec: { replicas }, status: { replicas: numberOf(nested(parent, paths.status)) ?? 0, selector } };
}

/** A workload's selector as text: ReplicationControllers have plain labels where the others have a selector object. */
function selectorText(selector: unknown): string {
  return toLabelSelector(fieldsOf(selector)).toString();
}
