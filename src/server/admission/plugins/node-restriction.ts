import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden, notFound, type StatusError } from '../../object/status-error.js';
import type { UserInfo } from '../../object/user.js';
import { storageKey } from '../../scheme/storage-keys.js';
import { decodeStored } from '../../scheme/stored-object.js';
import type { AdmissionPlugin } from '../admission-plugin.js';
import { forbiddenNodeLabels } from '../node-labels.js';
import { referencesSecret } from '../pod-references.js';

/** Limits a kubelet to its own Node, Lease, CSINode and pods. Meant to run beside the Node authorizer. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate: async (attributes) => {
    const node = nodeOf(attributes.request.user);
    if (node === undefined) return;
    const why = await refusal(node, attributes);
    if (why !== undefined) throw refuse(attributes, why);
  },
};

const mirror = 'kubernetes.io/config.mirror';

/** Returns the name of the node that a kubelet runs on, undefined for other users. */
function nodeOf({ username, groups }: UserInfo): string | undefined {
  const prefix = 'system:node:';
  return groups.includes('system:nodes') && username.startsWith(prefix) ? username.slice(prefix.length) : undefined;
}

function refuse({ request: { resource, path }, object }: AdmissionAttributes, why: string): StatusError {
  return forbidden(resource, path.name ?? object?.metadata.name ?? '', why);
}

async function refusal(node: string, attributes: AdmissionAttributes): Promise<string | undefined> {
  const { group, plural } = attributes.request.resource;
  switch (`${group}/${plural}`) {
    case '/pods':
      return podRefusal(node, attributes);
    case '/nodes':
      return nodeRefusal(node, attributes);
    case '/persistentvolumeclaims':
      return claimRefusal(node, attributes);
    case '/serviceaccounts':
      return tokenRefusal(node, attributes);
    case 'coordination.k8s.io/leases':
      return leaseRefusal(node, attributes);
    case 'storage.k8s.io/csinodes':
      return csiNodeRefusal(node, attributes);
    case 'resource.k8s.io/resourceslices':
      return sliceRefusal(node, attributes);
    default:
      return undefined;
  }
}

async function podRefusal(node: string, attributes: AdmissionAttributes): Promise<string | undefined> {
  const { request, operation, object, old } = attributes;
  const isOwn = (pod: ServerObject | undefined): boolean => fieldsOf(pod?.spec).nodeName === node;
  const subject = `node ${JSON.stringify(node)}`;
  switch (request.path.subresource) {
    case undefined:
      if (operation === 'CREATE' && object !== undefined) return mirrorPodRefusal(node, attributes, object);
      if (operation === 'DELETE')
        return isOwn(old) ? undefined : `${subject} can only delete pods with spec.nodeName set to itself`;
      return `unexpected operation "${operation}", ${subject} can only create and delete mirror pods`;
    case 'status':
      if (!isOwn(old)) return `${subject} can only update pod status for pods with spec.nodeName set to itself`;
      return equal(object?.metadata.labels ?? {}, old?.metadata.labels ?? {})
        ? undefined
        : `${subject} cannot update labels through pod status`;
    case 'eviction':
      return isOwn(await storedObject(attributes, 'pods', request.path.name ?? ''))
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource ${JSON.stringify(request.path.subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

async function mirrorPodRefusal(
  node: string,
  { request: { server } }: AdmissionAttributes,
  pod: ServerObject,
): Promise<string | undefined> {
  const subject = `node ${JSON.stringify(node)}`;
  if (pod.metadata.annotations?.[mirror] === undefined)
    return `pod does not have "${mirror}" annotation, ${subject} can only create mirror pods`;
  if (fieldsOf(pod.spec).nodeName !== node) return `${subject} can only create pods with spec.nodeName set to itself`;
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) return `${subject} can only create pods with a single owner reference set to itself`;
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return `${subject} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true)
    return `${subject} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${subject} must not set blockOwnerDeletion on an owner reference`;
  const nodes = server.scheme.resource('', 'v1', 'nodes');
  const { kv } = nodes === undefined ? { kv: undefined } : await server.storage.get(`${nodes.prefix}${node}`);
  if (nodes === undefined || kv === undefined) return `node ${JSON.stringify(node)} not found`;
  const { uid } = decodeStored(kv, nodes).metadata;
  if (owner.uid !== uid) return `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
  const referenced = referencedResource(pod);
  return referenced === undefined ? undefined : `${subject} can not create pods that reference ${referenced}`;
}

/** Returns the first kind of API object that a pod refers to; mirror pods refer to none. */
function referencedResource({ spec }: ServerObject): string | undefined {
  const fields = fieldsOf(spec);
  if (textOf(fields.serviceAccountName) !== '') return 'serviceaccounts';
  const text = JSON.stringify([fields.volumes, fields.containers, fields.initContainers]);
  if (referencesSecret(fields)) return 'secrets';
  if (/"(configMap|configMapRef|configMapKeyRef)":/.test(text)) return 'configmaps';
  if (text.includes('"persistentVolumeClaim":') || text.includes('"ephemeral":')) return 'persistentvolumeclaims';
  return listOf(fields.resourceClaims).length > 0 ? 'resourceclaims' : undefined;
}

function nodeRefusal(node: string, { request, operation, object, old }: AdmissionAttributes): string | undefined {
  const subject = `node ${JSON.stringify(node)}`;
  const name = request.path.name ?? object?.metadata.name ?? '';
  if (name !== node) return `${subject} is not allowed to modify node ${JSON.stringify(name)}`;
  if (object === undefined) return undefined;
  const labels = forbiddenNodeLabels(object.metadata.labels ?? {}, old?.metadata.labels ?? {}).join(', ');
  const { configSource, taints } = fieldsOf(object.spec);
  if (operation === 'CREATE') {
    if (configSource !== undefined) return `${subject} is not allowed to create pods with a non-nil configSource`;
    return labels === '' ? undefined : `${subject} is not allowed to set the following labels: ${labels}`;
  }
  if (!equal(taints ?? [], fieldsOf(old?.spec).taints ?? [])) return `${subject} is not allowed to modify taints`;
  if (!equal(object.metadata.ownerReferences ?? [], old?.metadata.ownerReferences ?? []))
    return `${subject} is not allowed to modify ownerReferences`;
  return labels === '' ? undefined : `is not allowed to modify labels: ${labels}`;
}

const claimStatus = ['capacity', 'conditions', 'allocatedResourceStatuses', 'allocatedResources'];

function claimRefusal(node: string, { request, object, old }: AdmissionAttributes): string | undefined {
  if (request.path.subresource !== 'status') return 'may only update PVC status';
  const rest = ({ metadata, spec, status }: ServerObject): unknown => {
    const { resourceVersion, managedFields, ...meta } = metadata;
    const others = Object.entries(fieldsOf(status)).filter(([field]) => !claimStatus.includes(field));
    return [meta, spec, others];
  };
  if (object === undefined || old === undefined || equal(rest(object), rest(old))) return undefined;
  return `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`;
}

async function tokenRefusal(node: string, attributes: AdmissionAttributes): Promise<string | undefined> {
  const { request, object } = attributes;
  if (request.path.subresource !== 'token') return undefined;
  const spec = fieldsOf(object?.spec);
  const { apiVersion, kind, name, uid } = fieldsOf(spec.boundObjectRef);
  if (apiVersion !== 'v1' || kind !== 'Pod' || textOf(name) === '') return 'node requested token not bound to a pod';
  if (textOf(uid) === '') return 'node requested token with a pod binding without a uid';
  const pod = await storedObject(attributes, 'pods', textOf(name));
  if (pod.metadata.uid !== uid)
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (fieldsOf(pod.spec).nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  const [audience = '', ...more] = listOf(spec.audiences).map(textOf);
  if (more.length > 0) return 'node may only request 0 or 1 audiences';
  const sources = objectsOf(fieldsOf(pod.spec).volumes).flatMap(({ projected }) =>
    objectsOf(fieldsOf(projected).sources),
  );
  const isMounted = sources.some(
    ({ serviceAccountToken }) =>
      serviceAccountToken !== undefined && textOf(fieldsOf(serviceAccountToken).audience) === audience,
  );
  if (isMounted) return undefined;
  const { allowed } = await request.server.authorizer.authorize({
    user: request.user,
    verb: 'request-serviceaccounts-token-audience',
    path: '',
    resource: {
      group: '',
      version: 'v1',
      resource: audience,
      subresource: '',
      namespace: request.path.namespace ?? '',
      name: request.path.name ?? '',
    },
  });
  return allowed
    ? undefined
    : `audience ${JSON.stringify(audience)} not found in pod spec volume, ${request.user.username} is not authorized to request tokens for this audience`;
}

function leaseRefusal(node: string, { request: { path }, object }: AdmissionAttributes): string | undefined {
  const name = path.name ?? object?.metadata.name ?? '';
  if (path.namespace !== 'kube-node-lease') return `can only access leases in the "kube-node-lease" system namespace`;
  return name === node ? undefined : `can only access node lease with the same name as the requesting node`;
}

function csiNodeRefusal(node: string, { request: { path }, object }: AdmissionAttributes): string | undefined {
  const name = path.name ?? object?.metadata.name ?? '';
  return name === node ? undefined : 'can only access CSINode with the same name as the requesting node';
}

function sliceRefusal(node: string, { object, old }: AdmissionAttributes): string | undefined {
  const slice = object ?? old;
  return fieldsOf(slice?.spec).nodeName === node
    ? undefined
    : 'can only create, change and delete ResourceSlices with the same NodeName as the requesting node';
}

/** Reads an object in the request's namespace. Throws the 404 Status for one that does not exist. */
async function storedObject({ request }: AdmissionAttributes, plural: string, name: string): Promise<ServerObject> {
  const { server, path } = request;
  const resource = server.scheme.resource('', 'v1', plural);
  const { kv } =
    resource === undefined ? { kv: undefined } : await server.storage.get(storageKey(resource, path.namespace, name));
  if (resource === undefined || kv === undefined) throw notFound(resource ?? { group: '', plural }, name);
  return decodeStored(kv, resource);
}
