import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { decodeBody } from '../../http/request-body.js';
import { objectResponse } from '../../http/respond.js';
import { parseWriteOptions } from '../../http/write-options.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { badRequest, conflict, internal, notFound } from '../../object/status-error.js';
import { timestamp } from '../../object/system-fields.js';
import { objectFromBody } from '../../scheme/decode-object.js';
import { shownKey } from '../../scheme/storage-keys.js';
import { replaceStored } from '../write.js';
import { admitPosted } from './admit-posted.js';

/** POST to `pods/{name}/binding`, or of a Binding: puts a pod on a node. */
export async function bindPod(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const kind = { apiVersion: 'v1', kind: 'Binding' };
  const binding = objectFromBody(await decodeBody(request.http, 'Binding'), kind, options, request.warnings);
  const name = request.path.name ?? binding.metadata.name ?? '';
  if (binding.metadata.name !== name && request.path.name !== undefined) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  const { kind: targetKind, name: target } = fieldsOf(binding.target);
  const node = textOf(target);
  checkTarget(textOf(targetKind), node);
  const admitted = await admitPosted(request, binding, kind, options.dryRun);
  const pods = podRequest(request, name);
  const result = await replaceStored(pods, options, (pod) => bound(request, pod, admitted, node), {
    tracked: true,
    admission: false,
  });
  if (result === undefined) throw notFound(pods.resource, nameOf(pods));
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return objectResponse(201, status, { ...request.media, as: undefined }, request.warnings);
}

/** Checks that a pod is bound to a node. Throws the 500 Status that kube-apiserver gives for what is not one. */
function checkTarget(kind: string, name: string): void {
  const texts: string[] = [];
  if (kind !== '' && kind !== 'Node')
    texts.push(`target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`);
  if (name === '') texts.push('target.name: Required value');
  if (texts.length > 0) throw internal(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}

/** Checks that the binding is about this pod in this state, if it says so. Throws the 409 Status. */
function checkPreconditions(request: ResourceRequest, pod: ServerObject, binding: ServerObject): void {
  const { name = '', uid: own = '', resourceVersion: version = '' } = pod.metadata;
  const { uid = '', resourceVersion = '' } = binding.metadata;
  const fail = (what: string): never => {
    const { resource } = podRequest(request, name);
    const key = shownKey(resource, request.path.namespace, name);
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what}`;
    throw conflict({ group: '', plural: 'pods' }, name, why);
  };
  if (uid !== '' && uid !== own) fail(`UID in precondition: ${uid}, UID in object meta: ${own}`);
  if (resourceVersion !== '' && resourceVersion !== version)
    fail(`ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${version}`);
}

/** The request as one about the pod: a Binding may also be posted to a collection of its own. */
function podRequest(request: ResourceRequest, name: string): ResourceRequest {
  const resource = request.server.scheme.resource('', 'v1', 'pods');
  if (resource === undefined) throw notFound(request.resource, name);
  return { ...request, resource, path: { ...request.path, plural: 'pods', name, subresource: 'binding' } };
}

function bound(request: ResourceRequest, pod: ServerObject, binding: ServerObject, node: string): ServerObject {
  checkPreconditions(request, pod, binding);
  const spec = fieldsOf(pod.spec);
  const name = pod.metadata.name ?? '';
  const subject = { group: '', plural: 'pods/binding' };
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (listOf(spec.schedulingGates).length > 0)
    throw conflict(subject, name, `pod ${name} has non-empty .spec.schedulingGates`);
  const assigned = textOf(spec.nodeName);
  if (assigned !== '')
    throw conflict(subject, name, `pod ${name} is already assigned to node ${JSON.stringify(assigned)}`);
  const status = fieldsOf(pod.status);
  const others = objectsOf(status.conditions).filter((condition) => condition.type !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(request.server.clock),
  };
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  const labels = { ...pod.metadata.labels, ...binding.metadata.labels };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    spec: { ...spec, nodeName: node },
    status: { ...status, conditions: [...others, scheduled] },
  };
}
