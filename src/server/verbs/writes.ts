/**
 * Everything that writes, in one place, because it is loaded in one go when something is written: patches, rules of kinds, admission. That
 * is more than all the rest of the server, which can answer without it.
 */
export { createObject, storeNew } from './create.js';
export { deleteObject, deleteStored } from './delete.js';
export { deleteCollection } from './delete-collection.js';
export { patchObject } from './patch.js';
export { replaceStored, writeStatus } from './replace.js';
export { createReview } from './reviews/review.js';
export { bindPod } from './subresources/binding.js';
export { evictPod } from './subresources/eviction.js';
export { scale } from './subresources/scale.js';
export { requestToken } from './subresources/token.js';
export { updateObject } from './update.js';
