import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

/** Refuses every write. */
export const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  handlesConnect: true,
  validate: ({ request: { resource, path }, object }) => {
    throw forbidden(
      resource,
      object?.metadata.name ?? path.name ?? '',
      'admission control is denying all modifications',
    );
  },
};
