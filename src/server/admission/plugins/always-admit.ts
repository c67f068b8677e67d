import type { AdmissionPlugin } from '../admission-plugin.js';

/** Admits everything. Deprecated upstream, where it has no meaning either. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit' };
