import { fieldsOf, numberOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { systemPriorities } from '../../kinds/scheduling.k8s.io/priorityclasses/priority-class-validation.js';
import type { Operation, ServerContext } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { storageRange } from '../../scheme/storage-keys.js';
import { peekStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const scheduling = 'scheduling.k8s.io';

/** Resolves the priority class of a new pod into its priority and preemption policy, and allows one default class only. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate: async (attributes) => {
    const { request, object, old } = attributes;
    if (!isAbout(attributes, '', 'pods')) return;
    const spec = fieldsOf(object.spec);
    if (old === undefined) await resolve(object, spec, request);
    else keep(spec, fieldsOf(old.spec));
  },
  validate: async (attributes) => {
    const { request, object } = attributes;
    if (object?.globalDefault !== true || !isAbout(attributes, scheduling, 'priorityclasses')) return;
    const { name = '' } = object.metadata;
    const other = await defaultClass(request.server);
    if (other === undefined || (attributes.operation === 'UPDATE' && other.metadata.name === name)) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(request.resource, name, why);
  },
};

/** Sets what an update of a pod omits. */
function keep(spec: JsonObject, before: JsonObject): void {
  for (const field of ['priority', 'preemptionPolicy'])
    if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
}

async function resolve(pod: ServerObject, spec: JsonObject, request: Operation): Promise<void> {
  const { server, resource } = request;
  const refuse = (why: string) => forbidden(resource, pod.metadata.name ?? '', why);
  const name = textOf(spec.priorityClassName);
  const found = name === '' ? await defaultClass(server) : await classNamed(server, name);
  const builtIn = systemPriorities.get(name);
  if (name !== '' && found === undefined && builtIn === undefined)
    throw refuse(`no PriorityClass with name ${name} was found`);
  if (name === '' && found !== undefined) spec.priorityClassName = found.metadata.name;
  const value = numberOf(found?.value) ?? builtIn ?? 0;
  const policy = textOf(found?.preemptionPolicy) || 'PreemptLowerPriority';
  const computed = 'must not be provided in pod spec; priority admission controller computed';
  const from = 'from the given PriorityClass name';
  if (typeof spec.priority === 'number' && spec.priority !== value)
    throw refuse(`the integer value of priority (${spec.priority}) ${computed} ${value} ${from}`);
  if (typeof spec.preemptionPolicy === 'string' && spec.preemptionPolicy !== policy)
    throw refuse(`the string value of PreemptionPolicy (${spec.preemptionPolicy}) ${computed} ${policy} ${from}`);
  Object.assign(spec, { priority: value, preemptionPolicy: policy });
}

async function classNamed(server: ServerContext, name: string): Promise<ServerObject | undefined> {
  const classes = server.scheme.resource(scheduling, 'v1', 'priorityclasses');
  if (classes === undefined) return undefined;
  const { kv } = await server.storage.get(`${classes.prefix}${name}`);
  return kv === undefined ? undefined : peekStored(kv, classes);
}

/** Returns the class of pods that name none: of several default classes, the one with the lowest value. */
async function defaultClass(server: ServerContext): Promise<ServerObject | undefined> {
  const classes = server.scheme.resource(scheduling, 'v1', 'priorityclasses');
  if (classes === undefined) return undefined;
  const { start, end } = storageRange(classes, undefined);
  const { kvs } = await server.storage.range(start, end);
  return kvs
    .map((kv) => peekStored(kv, classes))
    .filter(({ globalDefault }) => globalDefault === true)
    .sort((a, b) => (numberOf(a.value) ?? 0) - (numberOf(b.value) ?? 0))[0];
}
