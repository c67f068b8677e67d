/**
 * The modules of writes. `loadWrites` loads them in one go at the first write: with the rules of all kinds and admission, they are more
 * than the rest of the server, which answers reads without them.
 */
export { applyStored } from './apply.js';
export { deleteStored } from './delete.js';
export { createStored, replaceStored, writeStatus } from './write.js';
export { writeHandler } from './write-handlers.js';
