import { fieldsOf, textOf } from '../../../util/json-fields.js';
import { decodeStored } from '../../scheme/stored-object.js';
import type { AdmissionPlugin, ObjectAttributes } from '../admission-plugin.js';

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Copies the topology labels of a node to the pods that are bound to it. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  mutate: async (attributes) => {
    const { request, object, operation } = attributes;
    const { resource, path, server } = request;
    if (operation !== 'CREATE' || resource.group !== '' || resource.plural !== 'pods') return;
    const name = nodeOf(attributes, path.subresource);
    const nodes = server.scheme.resource('', 'v1', 'nodes');
    if (name === '' || nodes === undefined) return;
    const { kv } = await server.storage.get(`${nodes.prefix}${name}`);
    if (kv === undefined) return;
    const { labels = {} } = decodeStored(kv, nodes).metadata;
    const found = Object.entries(labels).filter(([key]) => copied.includes(key));
    if (found.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(found) };
  },
};

function nodeOf({ object }: ObjectAttributes, subresource: string | undefined): string {
  if (subresource === undefined) return textOf(fieldsOf(object.spec).nodeName);
  const { kind, name } = fieldsOf(object.target);
  return subresource === 'binding' && kind === 'Node' ? textOf(name) : '';
}
