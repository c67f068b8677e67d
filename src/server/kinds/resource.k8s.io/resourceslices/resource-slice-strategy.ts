import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import type { Strategy } from '../../../object/server-context.js';
import { timestamp } from '../../../object/system-fields.js';
import { sliceSpecProblems } from './resource-slice-validation.js';

/** The forms of attributes that need a feature that is off by default. */
const listForms = ['ints', 'bools', 'strings', 'versions'];

/** Strategy of ResourceSlices: what drivers offer on a node, in pools of devices. */
export const resourceSlices: Strategy = {
  generation: true,
  returnsDeleted: true,
  schemaChecked: false,
  fields: {
    'spec.nodeName': ({ spec }) => textOf(fieldsOf(spec).nodeName),
    'spec.driver': ({ spec }) => textOf(fieldsOf(spec).driver),
  },
  unknownField: (label) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${label}`,
  prepareForCreate: ({ spec }, { server }) => {
    for (const device of dropDisabled(fieldsOf(spec))) {
      for (const taint of objectsOf(device.taints)) taint.timeAdded ??= timestamp(server.clock);
    }
  },
  prepareForUpdate: ({ spec }, _old, { server }) => {
    for (const device of dropDisabled(fieldsOf(spec))) {
      for (const taint of objectsOf(device.taints)) taint.timeAdded ??= timestamp(server.clock);
    }
  },
  validate: ({ spec }, old) => sliceSpecProblems(fieldsOf(spec), old === undefined ? undefined : fieldsOf(old.spec)),
};

function dropDisabled(spec: JsonObject): JsonObject[] {
  const devices = objectsOf(spec.devices);
  for (const device of devices) {
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of objectsOf(Object.values(fieldsOf(device.attributes))))
      for (const form of listForms) delete attribute[form];
  }
  return devices;
}
