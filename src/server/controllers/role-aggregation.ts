import { isDeepStrictEqual } from 'node:util';
import { type LabelSelector, toLabelSelector } from '../../meta/index.js';
import { fieldsOf, listOf, objectsOf } from '../../util/json-fields.js';
import { nextTurn } from '../../util/next-turn.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import { changeObject } from './change.js';
import { controllerOperation } from './controller-operation.js';
import { follow } from './follow.js';

const manager = 'clusterrole-aggregation-controller';

/**
 * Gives cluster roles that are made of others the rules of those: kube-controller-manager's `clusterrole-aggregation`. All are looked at
 * together, once a burst of writes is over: one role may be part of many.
 */
export function runRoleAggregation(server: ServerContext, signal: AbortSignal): void {
  const roles = server.scheme.resource('rbac.authorization.k8s.io', 'v1', 'clusterroles');
  if (roles === undefined) return;
  const { start, end } = storageRange(roles, undefined);
  // Objects as they were found settled: as long as they are the very same there is nothing to do, such as after a store has gone back.
  let settled: readonly KeyValue[] = [];
  const settle = async (): Promise<void> => {
    const { kvs } = await server.storage.range(start, end);
    if (kvs.length === settled.length && kvs.every((kv, index) => kv === settled[index])) return;
    const all = kvs.map((kv) => decodeStored(kv, roles));
    let writes = false;
    for (const role of all) {
      const wanted = aggregated(role, all);
      if (wanted === undefined || isDeepStrictEqual(wanted, listOf(role.rules))) continue;
      writes = true;
      const request = controllerOperation(server, roles, { name: role.metadata.name }, manager);
      await changeObject(request, manager, (draft) => {
        draft.rules = wanted;
      });
    }
    if (!writes) settled = kvs;
  };
  // Those of the start have their rules already: the first answer goes before looking at them.
  nextTurn(() => follow(server, signal, roles, undefined, { onQuiet: settle }));
}

/** The rules of all others that a role selects, each rule once; undefined for a role with rules of its own. */
function aggregated({ aggregationRule, metadata }: ServerObject, all: readonly ServerObject[]): unknown[] | undefined {
  if (aggregationRule === undefined) return undefined;
  const rules: unknown[] = [];
  for (const selector of objectsOf(fieldsOf(aggregationRule).clusterRoleSelectors)) {
    const selected = toLabelSelector(selector as LabelSelector);
    for (const other of all) {
      if (other.metadata.name === metadata.name) continue;
      if (!selected.matches(other.metadata.labels)) continue;
      const added = listOf(other.rules).filter((rule) => !rules.some((known) => isDeepStrictEqual(known, rule)));
      rules.push(...added);
    }
  }
  return rules;
}
