import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServedResource } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { readStored, readyToEncode } from '../../scheme/convert.js';
import { encodeStored } from '../../scheme/stored-object.js';

/** The object as another version of its resource shows it. */
export async function inVersion(
  object: ServerObject,
  { request, kind }: AdmissionAttributes,
  as: ServedResource,
): Promise<ServerObject> {
  // What speaks a kind of its own, such as a Scale, is the same whatever the version of its parent.
  if (as === request.resource || kind !== undefined) return object;
  return converted(object, request.resource, as);
}

/** The object, of one version of a resource, in another. */
export async function converted(object: ServerObject, from: ServedResource, to: ServedResource): Promise<ServerObject> {
  const { resourceVersion } = object.metadata;
  await readyToEncode(from, object);
  const value = encodeStored(object, from);
  const kv = { key: '', value, createRevision: 0, modRevision: Number(resourceVersion ?? 0) };
  const made = await readStored(kv, to);
  if (resourceVersion === undefined) delete made.metadata.resourceVersion;
  return made;
}
