import { compareQuantities, toQuantity } from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import type { WriteOptions } from '../../http/write-options.js';
import { type Amounts, amountsOf, plus } from '../../kinds/core/pods/pod-resources.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { Operation } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden, StatusError } from '../../object/status-error.js';
import { storageRange } from '../../scheme/storage-keys.js';
import { decodeStored } from '../../scheme/stored-object.js';
import type { AdmissionPlugin, WriteStatus } from '../admission-plugin.js';
import { type Evaluator, evaluatorOf } from '../quota-usage.js';

/** Charges writes against the namespace's quotas. */
export const resourceQuota: AdmissionPlugin = { name: 'ResourceQuota', validate: chargeQuota };

/** The number of times that a quota is read again if others charge it at the same moment. */
const attempts = 20;

/**
 * Charges a write against the quotas of its namespace, or refuses it: what is used rises here, and falls when the quota controller counts
 * anew. Quotas whose status nobody has filled in do not limit yet. Throws the 403 Status.
 */
async function chargeQuota(attributes: AdmissionAttributes, writeStatus: WriteStatus | undefined): Promise<void> {
  if (writeStatus === undefined) return;
  const { request, operation, object, old, dryRun } = attributes;
  const { resource, path, server } = request;
  const quotas = server.scheme.resource('', 'v1', 'resourcequotas');
  if (quotas === undefined || object === undefined || path.namespace === undefined || !resource.namespaced) return;
  const evaluator = evaluatorOf(resource);
  if (!evaluator.handles(operation, path.subresource, object, old)) return;
  for (let attempt = 1; ; attempt++) {
    const { start, end } = storageRange(quotas, path.namespace);
    const { kvs } = await server.storage.range(start, end);
    if (kvs.length === 0) return;
    const present = kvs.map((kv) => decodeStored(kv, quotas));
    const charged = present.map((quota) => charge(attributes, evaluator, quota)).filter((quota) => quota !== undefined);
    if (dryRun) return;
    const target = (name: string): Operation => ({
      ...request,
      resource: quotas,
      verb: 'update',
      path: { ...path, group: '', version: 'v1', plural: 'resourcequotas', name, subresource: 'status' },
    });
    try {
      for (const quota of charged) await writeStatus(target(quota.metadata.name ?? ''), asServer, quota);
      return;
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.code !== 409 || attempt === attempts) throw error;
    }
  }
}

/** The options of the server's own writes. */
export const asServer: WriteOptions = {
  dryRun: false,
  manager: 'kube-apiserver',
  managerGiven: true,
  force: undefined,
  fieldValidation: 'Ignore',
};

/** The quota with what the write uses; undefined where that is nothing. */
function charge(
  { request, object, old }: AdmissionAttributes,
  evaluator: Evaluator,
  quota: ServerObject,
): ServerObject | undefined {
  if (object === undefined || !matches(evaluator, quota, object)) return undefined;
  const { name = '' } = quota.metadata;
  const refuse = (why: string): StatusError => forbidden(request.resource, object.metadata.name ?? '', why);
  const status = fieldsOf(quota.status);
  const [hard, used] = [amountsOf(status.hard), amountsOf(status.used)];
  const limited = Object.keys(hard).filter(evaluator.uses).sort();
  const demand = evaluator.constraint?.(limited, object);
  if (demand !== undefined) throw refuse(`failed quota: ${name}: ${demand}`);
  if (!limited.every((one) => used[one] !== undefined))
    throw refuse(`status unknown for quota: ${name}, resources: ${limited.join(',')}`);
  const before = old !== undefined && matches(evaluator, quota, old) ? evaluator.usage(old) : {};
  const delta = Object.entries(evaluator.usage(object)).flatMap(([resource, amount]) => {
    const had = before[resource];
    const more = had === undefined ? amount : amount.sub(had);
    return hard[resource] === undefined || compareQuantities(more, '0') <= 0 ? [] : [[resource, more] as const];
  });
  if (delta.length === 0) return undefined;
  const requested: Amounts = Object.fromEntries(delta);
  const total = plus(used, requested);
  const exceeded = delta
    .map(([resource]) => resource)
    .filter((resource) => compareQuantities(total[resource] ?? '0', hard[resource] ?? '0') > 0);
  if (exceeded.length > 0) {
    const shown = (amounts: Amounts): string =>
      [...exceeded]
        .sort()
        .map((resource) => `${resource}=${(amounts[resource] ?? toQuantity('0')).canonical()}`)
        .join(',');
    throw refuse(
      `exceeded quota: ${name}, requested: ${shown(requested)}, used: ${shown(used)}, limited: ${shown(hard)}`,
    );
  }
  const written = Object.fromEntries(Object.entries(total).map(([resource, amount]) => [resource, amount.canonical()]));
  if (equal(written, status.used)) return undefined;
  return { ...quota, status: { ...status, used: written } };
}

/** Reports whether a quota covers an object: it limits something of the kind, and the object is in all of its scopes. */
function matches(evaluator: Evaluator, { spec, status }: ServerObject, object: ServerObject): boolean {
  if (!Object.keys(fieldsOf(fieldsOf(status).hard)).some(evaluator.uses)) return false;
  return scopesOf(fieldsOf(spec)).every((scope) => evaluator.inScope(scope, object));
}

/** Returns the scopes that an object must be in to count. */
export function scopesOf({ scopes, scopeSelector }: JsonObject): JsonObject[] {
  const plain = listOf(scopes).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...objectsOf(fieldsOf(scopeSelector).matchExpressions)];
}
