import { fieldsOf, listOf } from '../../../../util/json-fields.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';

const annotation = 'kubernetes.io/enforce-mountable-secrets';

/** ServiceAccounts: of the Secrets they list only the names are kept. */
export const serviceAccounts: Strategy = {
  generation: false,
  returnsDeleted: true,
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
  warnings: ({ metadata }, old) => {
    const has = (annotations: { [key: string]: string } = {}): boolean => Object.hasOwn(annotations, annotation);
    if (!has(metadata.annotations) || has(old?.metadata.annotations)) return [];
    return [
      `metadata.annotations[${annotation}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
    ];
  },
};

function keepNames(account: ServerObject): void {
  if (!Array.isArray(account.secrets)) return;
  account.secrets = listOf(account.secrets).map((secret) => {
    const { name } = fieldsOf(secret);
    return name === undefined ? {} : { name };
  });
}
