/** Loads the modules of writes. */
export const loadWrites = (): Promise<typeof import('./writes.js')> => import('./writes.js');
