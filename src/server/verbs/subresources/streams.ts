import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { badRequest, failure } from '../../object/status-error.js';
import { decodeStored } from '../../scheme/stored.js';
import { readExisting } from '../get.js';

/**
 * Answers `pods/{name}/exec`, `attach` and `portforward`: with the errors of the real server that come before it calls the node, and
 * otherwise because a node to call is missing.
 */
export async function podStream(request: ResourceRequest): Promise<ServerResponse> {
  const name = nameOf(request);
  const pod = decodeStored(await readExisting(request, name), request.resource);
  const { subresource = '' } = request.path;
  if (subresource !== 'portforward') checkContainer(pod, name, request.query.get('container') ?? '');
  if (textOf(fieldsOf(pod.spec).nodeName) === '') throw badRequest(`pod ${name} does not have a host assigned`);
  throw failure(501, 'NotImplemented', `${subresource} is not supported by this server`);
}

/** Makes sure that a container is meant which the pod has; where there is one beside those that start it, it may go unnamed. Throws the 400 Status. */
export function checkContainer(pod: ServerObject, name: string, asked: string): void {
  const spec = fieldsOf(pod.spec);
  const containers = objectsOf(spec.containers);
  const all = [...objectsOf(spec.initContainers), ...containers, ...objectsOf(spec.ephemeralContainers)];
  const names = all.map((container) => textOf(container.name));
  if (asked === '' && containers.length > 1)
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  if (asked !== '' && !names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
}
