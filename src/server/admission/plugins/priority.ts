import { fieldsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import type { ResourceRequest } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { decodeStored } from '../../scheme/stored.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Resolves the priority class of a new pod into its priority and preemption policy. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate: async (attributes) => {
    const { request, object, old } = attributes;
    if (isAbout(attributes, '', 'pods') && old === undefined) await resolve(object, fieldsOf(object.spec), request);
  },
};

async function resolve(pod: ServerObject, spec: JsonObject, request: ResourceRequest): Promise<void> {
  const { server, resource } = request;
  const classes = server.scheme.resource('scheduling.k8s.io', 'v1', 'priorityclasses');
  const name = textOf(spec.priorityClassName);
  let value = 0;
  let preemptionPolicy = 'PreemptLowerPriority';
  if (name !== '' && classes !== undefined) {
    const { kv } = await server.storage.get(`${classes.prefix}${name}`);
    const builtIn = systemPriorities[name];
    if (kv === undefined && builtIn === undefined) {
      throw forbidden(resource, pod.metadata.name ?? '', `no PriorityClass with name ${name} was found`);
    }
    const found = kv === undefined ? undefined : decodeStored(kv, classes);
    value = typeof found?.value === 'number' ? found.value : (builtIn ?? 0);
    preemptionPolicy = textOf(found?.preemptionPolicy) || preemptionPolicy;
  }
  if (typeof spec.priority === 'number' && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw forbidden(resource, pod.metadata.name ?? '', why);
  }
  spec.priority = value;
  spec.preemptionPolicy ??= preemptionPolicy;
}

const systemPriorities: { readonly [name: string]: number } = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};
