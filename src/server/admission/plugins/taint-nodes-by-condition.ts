import { fieldsOf, listOf, objectsOf } from '../../../util/json-fields.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const notReady = 'node.kubernetes.io/not-ready';

/** Taints a new node until it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate: (attributes) => {
    const { object: node, old } = attributes;
    if (!isAbout(attributes, '', 'nodes') || old !== undefined) return;
    const spec = fieldsOf(node.spec);
    const taints = listOf(spec.taints);
    if (objectsOf(taints).some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return;
    node.spec = { ...spec, taints: [...taints, { key: notReady, effect: 'NoSchedule' }] };
  },
};
