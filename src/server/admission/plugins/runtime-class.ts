import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import type { Operation } from '../../object/server-context.js';
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
};

async function apply(pod: ServerObject, spec: JsonObject, request: Operation): Promise<void> {
  const { server, resource } = request;
  const classes = server.scheme.resource('node.k8s.io', 'v1', 'runtimeclasses');
  const name = textOf(spec.runtimeClassName);
  if (name === '' || classes === undefined) return;
  const { kv } = await server.storage.get(`${classes.prefix}${name}`);
  const refuse = (why: string): Error => forbidden(resource, pod.metadata.name ?? '', `pod rejected: ${why}`);
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
