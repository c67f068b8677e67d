import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest } from '../object/status-error.js';

/** Returns the container of a pod that a request means. The only one may go unnamed. Throws the 400 Status for any other. */
export function meantContainer(pod: Readonly<ServerObject>, asked: string): string {
  const { name = '' } = pod.metadata;
  const spec = fieldsOf(pod.spec);
  const containers = objectsOf(spec.containers);
  const all = [...objectsOf(spec.initContainers), ...containers, ...objectsOf(spec.ephemeralContainers)];
  const names = all.map((container) => textOf(container.name));
  if (asked === '' && containers.length === 1) return textOf(containers[0]?.name);
  if (asked === '') {
    const choice = containers.length === 0 ? '' : `, choose one of: [${names.join(' ')}]`;
    throw badRequest(`a container name must be specified for pod ${name}${choice}`);
  }
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}

/** Returns the node that a pod runs on, empty for a pod that is not scheduled. */
export function nodeOf(pod: Readonly<ServerObject>): string {
  return textOf(fieldsOf(pod.spec).nodeName);
}
