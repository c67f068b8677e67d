import { type LabelSelector, matchesLabelSelector } from '../../meta/index.js';
import { fieldsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageKey, storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';

/** The parameters a binding hands to its policy, one run each; a text where that cannot be done. */
export async function parametersOf(
  server: ServerContext,
  { paramKind }: JsonObject,
  { paramRef }: JsonObject,
  namespace: string | undefined,
): Promise<readonly (ServerObject | undefined)[] | string> {
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { apiVersion, kind } = fieldsOf(paramKind);
  const ref = fieldsOf(paramRef);
  const resource = server.scheme.resourceOfKind(textOf(apiVersion), textOf(kind));
  if (resource === undefined)
    return `failed to configure policy: failed to find resource referenced by paramKind: '${shownKind(textOf(apiVersion), textOf(kind))}'`;
  const given = textOf(ref.namespace);
  if (given !== '' && !resource.namespaced)
    return 'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`';
  const within = resource.namespaced ? given || namespace : undefined;
  if (resource.namespaced && within === undefined)
    return 'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  const found: ServerObject[] = [];
  if (textOf(ref.name) !== '') {
    const { kv } = await server.storage.get(storageKey(resource, within, textOf(ref.name)));
    if (kv !== undefined) found.push(decodeStored(kv, resource));
  } else {
    const { start, end } = storageRange(resource, within);
    const { kvs } = await server.storage.range(start, end);
    const selector = fieldsOf(ref.selector) as LabelSelector;
    for (const kv of kvs) {
      const one = decodeStored(kv, resource);
      if (matchesLabelSelector(selector, one.metadata.labels)) found.push(one);
    }
  }
  if (found.length > 0 || ref.parameterNotFoundAction !== 'Deny') return found;
  return 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction';
}

/** A kind as Go prints it: `v1, Kind=ConfigMap`, `group/v1, Kind=Foo`. */
function shownKind(apiVersion: string, kind: string): string {
  return `${apiVersion}, Kind=${kind}`;
}
