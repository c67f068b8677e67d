import { type ParsedQuantity, parseQuantity } from '../../meta/index.js';
import { fieldsOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type Amounts, plus } from '../kinds/core/pods/pod-resources.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { scopesOf } from './plugins/resource-quota.js';
import { type Evaluator, evaluatorOf } from './quota-usage.js';

/**
 * Counts what the objects of a quota's namespace use of everything that the quota limits, in the form of `status.used`. A resource that
 * belongs to none of the kinds keeps its previous value.
 */
export async function countUsed(server: ServerContext, { metadata, spec, status }: ServerObject): Promise<JsonObject> {
  const { hard, ...others } = fieldsOf(spec);
  const limited = Object.keys(fieldsOf(hard));
  const before = fieldsOf(fieldsOf(status).used);
  const used: { [name: string]: unknown } = {};
  for (const name of limited) if (before[name] !== undefined) used[name] = before[name];
  for (const resource of server.scheme.storedResources()) {
    if (!resource.namespaced) continue;
    const evaluator = evaluatorOf(resource);
    const names = limited.filter(evaluator.uses);
    if (names.length === 0) continue;
    const total = await usageOf(server, resource, evaluator, metadata.namespace ?? '', scopesOf(others));
    for (const name of names) used[name] = (total[name] ?? zero).canonical();
  }
  return used;
}

const zero: ParsedQuantity = parseQuantity('0');

async function usageOf(
  server: ServerContext,
  resource: ServedResource,
  { usage, inScope, sameForAll }: Evaluator,
  namespace: string,
  scopes: readonly JsonObject[],
): Promise<Amounts> {
  const { start, end } = storageRange(resource, namespace);
  if (sameForAll === true) {
    // Kinds that are counted only are in no scope.
    if (scopes.length > 0) return {};
    const { count } = await server.storage.range(start, end, { limit: 1 });
    const number = parseQuantity(String(count));
    return Object.fromEntries(Object.keys(usage({ metadata: {} })).map((name) => [name, number]));
  }
  const { kvs } = await server.storage.range(start, end);
  return kvs
    .map((kv) => decodeStored(kv, resource))
    .filter((object) => scopes.every((scope) => inScope(scope, object)))
    .reduce<Amounts>((total, object) => plus(total, usage(object)), {});
}
