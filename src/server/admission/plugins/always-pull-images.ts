import { fieldsOf, objectsOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import { notSupported } from '../../object/field-error.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'];

/** Makes nodes pull every image anew, so that only callers with the right to an image can run it. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate: (attributes) => {
    if (!hasNewImages(attributes)) return;
    for (const { object, field } of pulls(attributes.object)) object[field] = 'Always';
  },
  validate: (attributes) => {
    const { object, request } = attributes;
    if (object === undefined || !hasNewImages(attributes)) return;
    const errors = pulls(object).flatMap(({ object: one, field, path }) =>
      one[field] === 'Always' ? [] : [notSupported(path, one[field], ['Always'])],
    );
    if (errors.length === 0) return;
    const why = errors.map(({ field, message }) => `${field}: ${message}`).join(', ');
    throw forbidden(request.resource, object.metadata.name ?? '', why);
  },
};

interface Pull {
  readonly object: JsonObject;
  readonly field: string;
  readonly path: string;
}

/** Returns the pull policies of a pod's containers and image volumes. */
function pulls({ spec }: ServerObject): Pull[] {
  const fields = fieldsOf(spec);
  const containers = containerLists.flatMap((list) =>
    objectsOf(fields[list]).map((object, index) => ({
      object,
      field: 'imagePullPolicy',
      path: `spec.${list}[${index}].imagePullPolicy`,
    })),
  );
  const volumes = objectsOf(fields.volumes).flatMap(({ image }, index) =>
    image === undefined
      ? []
      : [{ object: fieldsOf(image), field: 'pullPolicy', path: `spec.volumes[${index}].image.pullPolicy` }],
  );
  return [...containers, ...volumes];
}

function hasNewImages(attributes: AdmissionAttributes): boolean {
  const { object, old } = attributes;
  if (object === undefined || !isAbout(attributes, '', 'pods')) return false;
  const known = old === undefined ? undefined : new Set(images(old));
  return known === undefined || images(object).some((image) => !known.has(image));
}

function images({ spec }: ServerObject): unknown[] {
  return containerLists.flatMap((list) => objectsOf(fieldsOf(spec)[list]).map(({ image }) => image));
}
