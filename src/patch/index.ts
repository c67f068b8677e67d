export type { JsonObject } from '../util/json-value.js';
export { trackCreation } from './apply/creation.js';
export {
  type ApplyRequest,
  type FieldManagerContext,
  keepTimesWhereUnchanged,
  managerName,
  serverSideApply,
  serverSideApplySteps,
  trackUpdate,
  trackUpdateSteps,
} from './apply/field-manager.js';
export { mergeConfiguration } from './apply/merge-configuration.js';
export { fieldFilterOf } from './apply/reset-fields.js';
export { fromScale, toScale } from './apply/scale-conversion.js';
export { applyJsonPatch, unknownJsonPatchFields } from './json-patch.js';
export { applyMergePatch, createMergePatch } from './merge-patch.js';
export { PatchError, PatchTestFailed } from './patch-error.js';
export type { SchemaResolver } from './schema-resolver.js';
export { applyStrategicMergePatch } from './strategic-merge-patch.js';
