export {
  type ApplyRequest,
  type FieldManagerContext,
  keepTimesWhereUnchanged,
  serverSideApply,
  trackUpdate,
  type UpdateRequest,
  type VersionedObject,
} from './apply/field-manager.js';
export { applyJsonPatch, unknownJsonPatchFields } from './json-patch.js';
export type { JsonObject } from './json-value.js';
export { applyMergePatch, createMergePatch } from './merge-patch.js';
export { PatchError } from './patch-error.js';
export type { SchemaResolver } from './schema-resolver.js';
export { applyStrategicMergePatch } from './strategic-merge-patch.js';
