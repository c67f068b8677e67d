/**
 * The writes of the server's own controllers. `loadWrites` loads them in one go, with the handlers of clients' writes: with the rules of
 * all kinds and admission, they are more than the rest of the server, which answers reads without them.
 */
import './write-handlers.js';

export { applyStored } from './apply.js';
export { deleteStored } from './delete.js';
export { createStored, replaceStored, writeStatus } from './write.js';
