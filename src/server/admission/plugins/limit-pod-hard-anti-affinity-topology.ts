import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { forbidden } from '../../object/status-error.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const hostname = 'kubernetes.io/hostname';

/** Allows required pod anti-affinity for the topology of single nodes only. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate: (attributes) => {
    const { object, request } = attributes;
    if (object === undefined || !isAbout(attributes, '', 'pods')) return;
    const { podAntiAffinity } = fieldsOf(fieldsOf(object.spec).affinity);
    for (const term of objectsOf(fieldsOf(podAntiAffinity).requiredDuringSchedulingIgnoredDuringExecution)) {
      const key = textOf(term.topologyKey);
      if (key === hostname) continue;
      const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${key} but only key ${hostname} is allowed`;
      throw forbidden(request.resource, object.metadata.name ?? '', why);
    }
  },
};
