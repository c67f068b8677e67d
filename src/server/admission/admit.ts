import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { WriteStatus } from './admission-plugin.js';
import { orderedPlugins } from './ordered-plugins.js';

/**
 * Runs the validating plugins on a valid write, or on a connection, in order. Runs for dry runs too. `writeStatus` charges quotas; without it, as for objects
 * that are never stored, quotas are not charged. Throws the Status of the plugin that refuses.
 */
export async function admit(attributes: AdmissionAttributes, writeStatus?: WriteStatus): Promise<void> {
  const { plugins } = attributes.request.server;
  const connects = attributes.operation === 'CONNECT';
  for (const { name, validate, handlesConnect = false } of orderedPlugins) {
    if (validate === undefined || !plugins.has(name) || (connects && !handlesConnect)) continue;
    await validate(attributes, writeStatus);
  }
}
