import { compareQuantities, parseQuantity } from '../../../meta/index.js';
import { fieldsOf, textOf } from '../../../util/json-fields.js';
import { podAmounts } from '../../kinds/core/pods/pod-resources.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import { forbidden } from '../../object/status-error.js';
import { storageKey } from '../../scheme/storage-keys.js';
import { peekStored } from '../../scheme/stored-object.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

const systemLabel = 'kubernetes.io/os';

/** Allows a pod to be resized only to resources that its node can give. */
export const podResizeValidator: AdmissionPlugin = { name: 'PodResizeValidator', validate: checkResize };

async function checkResize({ request, object, old, operation }: AdmissionAttributes): Promise<void> {
  const { resource, path, server } = request;
  if (operation !== 'UPDATE' || resource.plural !== 'pods' || resource.group !== '' || path.subresource !== 'resize')
    return;
  const spec = fieldsOf(object?.spec);
  const name = textOf(spec.nodeName);
  if (name === '' || object?.metadata.generation === old?.metadata.generation) return;
  const refuse = (why: string): Error => forbidden(resource, object?.metadata.name ?? '', why);
  const nodes = server.scheme.resource('', 'v1', 'nodes');
  const stored = nodes === undefined ? undefined : (await server.storage.get(storageKey(nodes, undefined, name))).kv;
  if (nodes === undefined || stored === undefined) throw refuse(`node ${JSON.stringify(name)} not found`);
  const node = peekStored(stored, nodes);
  const system = node.metadata.labels?.[systemLabel] ?? 'linux';
  if (system !== 'linux') {
    const quoted = [name, system].map((text) => JSON.stringify(text));
    throw refuse(`pod resize is only supported on linux nodes, node ${quoted[0]} is ${quoted[1]}`);
  }
  const allocatable = fieldsOf(fieldsOf(node.status).allocatable);
  const requests = podAmounts(spec, 'requests');
  const texts = (['cpu', 'memory'] as const).flatMap((part) => {
    const [wanted, given] = [String(requests[part] ?? '0'), String(allocatable[part] ?? '0')];
    if (compareQuantities(wanted, given) <= 0) return [];
    const shown = (amount: string): string => {
      const quantity = parseQuantity(amount);
      return String(part === 'cpu' ? quantity.milliValue() : quantity.value());
    };
    return [`${part}, requested: ${shown(wanted)}, allocatable: ${shown(given)}`];
  });
  if (texts.length > 0) throw refuse(`node didn't have enough allocatable resources: ${texts.join('; ')}`);
}
