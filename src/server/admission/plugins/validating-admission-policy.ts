import type { AdmissionPlugin } from '../admission-plugin.js';
import { checkPolicies } from '../policies.js';

/** Evaluates the cluster's ValidatingAdmissionPolicies. */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  handlesConnect: true,
  validate: checkPolicies,
};
