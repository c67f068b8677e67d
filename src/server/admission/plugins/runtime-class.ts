import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import type { Operation, ServedResource } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Sets the overhead and the scheduling constraints of a new pod's runtime class. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate: async (attributes) => {
    const { request, object, old } = attributes;
    if (isAbout(attributes, '', 'pods') && old === undefined) await apply(object, fieldsOf(object.spec), request);
  },
  validate: async (attributes) => {
    const { request, object, old } = attributes;
    if (object === undefined || !isAbout(attributes, '', 'pods') || old !== undefined) return;
    await check(object, fieldsOf(object.spec), request);
  },
};

/** Refuses an overhead that the runtime class does not have, webhooks included that set it after `apply`. */
async function check(pod: ServerObject, spec: JsonObject, { server, resource }: Operation): Promise<void> {
  if (spec.overhead === undefined || spec.overhead === null) return;
  const classes = server.scheme.resource('node.k8s.io', 'v1', 'runtimeclasses');
  if (classes === undefined) return;
  const name = textOf(spec.runtimeClassName);
  const kv = name === '' ? undefined : (await server.storage.get(`${classes.prefix}${name}`)).kv;
  const { podFixed } = kv === undefined ? {} : fieldsOf(decodeStored(kv, classes).overhead);
  if (podFixed === undefined)
    throw rejected(resource, pod, 'Pod Overhead set without corresponding RuntimeClass defined Overhead');
  if (!equal(spec.overhead, podFixed))
    throw rejected(resource, pod, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function rejected(resource: ServedResource, { metadata }: ServerObject, why: string): Error {
  return forbidden(resource, metadata.name ?? '', `pod rejected: ${why}`);
}

async function apply(pod: ServerObject, spec: JsonObject, request: Operation): Promise<void> {
  const { server, resource } = request;
  const classes = server.scheme.resource('node.k8s.io', 'v1', 'runtimeclasses');
  const name = textOf(spec.runtimeClassName);
  if (name === '' || classes === undefined) return;
  const { kv } = await server.storage.get(`${classes.prefix}${name}`);
  const refuse = (why: string): Error => rejected(resource, pod, why);
  if (kv === undefined) throw refuse(`RuntimeClass ${JSON.stringify(name)} not found`);
  const { overhead, scheduling } = decodeStored(kv, classes);
  const { podFixed } = fieldsOf(overhead);
  if (podFixed !== undefined) {
    if (spec.overhead !== undefined && !equal(spec.overhead, podFixed))
      throw refuse("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    spec.overhead = podFixed;
  }
  const { nodeSelector, tolerations } = fieldsOf(scheduling);
  const chosen = fieldsOf(spec.nodeSelector);
  for (const [key, value] of Object.entries(fieldsOf(nodeSelector))) {
    if (chosen[key] === undefined || chosen[key] === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${chosen[key]}`;
    throw forbidden(resource, pod.metadata.name ?? '', why);
  }
  if (nodeSelector !== undefined) spec.nodeSelector = { ...fieldsOf(spec.nodeSelector), ...fieldsOf(nodeSelector) };
  const added = listOf(tolerations).filter((one) => !listOf(spec.tolerations).some((other) => equal(one, other)));
  if (added.length > 0) spec.tolerations = [...listOf(spec.tolerations), ...added];
}
