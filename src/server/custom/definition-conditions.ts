import { fieldsOf, objectsOf } from '../../util/json-fields.js';
import type { ServerObject } from '../object/server-object.js';

/** A condition of a CustomResourceDefinition, without the time of its last transition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** Sets a condition; the time of the last transition changes when its status does. */
export function setCondition(object: ServerObject, now: string, condition: Condition): void {
  const status = fieldsOf(object.status);
  const conditions = objectsOf(status.conditions);
  const old = conditions.find(({ type }) => type === condition.type);
  const since = old !== undefined && old.status === condition.status ? old.lastTransitionTime : now;
  const { type, ...rest } = condition;
  const next = { type, status: rest.status, lastTransitionTime: since, reason: rest.reason, message: rest.message };
  const others = conditions.map((one) => (one === old ? next : one));
  object.status = { ...status, conditions: old === undefined ? [...others, next] : others };
}
