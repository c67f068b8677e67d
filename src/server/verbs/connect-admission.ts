import type { JsonObject } from '../../util/json-value.js';
import { admit } from '../admission/admit.js';
import { mutate } from '../admission/mutation.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { Operation } from '../object/server-context.js';

/**
 * Asks admission about a connection to a pod, service or node, whose options are of a kind such as PodExecOptions. Returns the options as
 * mutating webhooks leave them. Throws the Status of the step that refuses.
 */
export async function admitConnection(request: Operation, kind: string, options: JsonObject): Promise<JsonObject> {
  const connection = { kind, apiVersion: 'v1', ...options };
  const attributes: AdmissionAttributes & { readonly object: undefined } = {
    request,
    operation: 'CONNECT',
    object: undefined,
    old: undefined,
    dryRun: false,
    kind: { apiVersion: 'v1', kind },
    connection,
  };
  await mutate(attributes);
  await admit(attributes);
  return connection;
}
