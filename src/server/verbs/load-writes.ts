import { lazy } from '../../util/lazy.js';

/** Loads the modules of writes. */
export const loadWrites: () => Promise<typeof import('./writes.js')> = lazy(() => import('./writes.js'));
