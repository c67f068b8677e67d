import { fieldsOf, objectsOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Adds tolerations for the taints of nodes with extended resources to the pods that request them. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate: (attributes) => {
    if (!isAbout(attributes, '', 'pods')) return;
    const spec = fieldsOf(attributes.object.spec);
    const containers = [...objectsOf(spec.containers), ...objectsOf(spec.initContainers)];
    const names = containers.flatMap(({ resources }) => Object.keys(fieldsOf(fieldsOf(resources).requests)));
    const extended = [...new Set(names.filter(isExtended))].sort();
    if (extended.length === 0) return;
    const tolerations = objectsOf(spec.tolerations);
    for (const key of extended) {
      const toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      if (!tolerations.some((one) => equal(one, toleration))) tolerations.push(toleration);
    }
    spec.tolerations = tolerations;
  },
};

/** Returns whether a resource belongs to neither Kubernetes nor a quota, as in `example.com/gpu`. */
function isExtended(name: string): boolean {
  const domain = name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
  return (
    domain !== '' && domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io') && !name.startsWith('requests.')
  );
}
