import { type LabelSelector, matchesLabelSelector } from '../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { isObject } from '../../../util/json-value.js';
import { asServer } from '../../admission/plugins/resource-quota.js';
import { type DecodedBody, decodeBody } from '../../http/request-body.js';
import { objectResponse } from '../../http/respond.js';
import { parseWriteOptions, type WriteOptions } from '../../http/write-options.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { badRequest, failure, internal, StatusError } from '../../object/status-error.js';
import { timestamp } from '../../object/system-fields.js';
import { objectFromBody } from '../../scheme/decode-object.js';
import { storageRange } from '../../scheme/storage-keys.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { deleteStored } from '../delete.js';
import { readExisting } from '../get.js';
import { checkDeleteOptions } from '../read-delete-options.js';
import { replaceStored, writeStatus } from '../write.js';
import { admitPosted } from './admit-posted.js';

/** POST to `pods/{name}/eviction`: deletes a pod if its disruption budget allows. */
export async function evictPod(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const kind = { apiVersion: 'policy/v1', kind: 'Eviction' };
  const eviction = objectFromBody(
    withoutBeta(await decodeBody(request.http, 'Eviction')),
    kind,
    options,
    request.warnings,
  );
  const name = nameOf(request);
  if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const admitted = await admitPosted(request, eviction, kind, options.dryRun);
  const deletion = fieldsOf(admitted.deleteOptions);
  checkDeleteOptions(deletion);
  const dryRunAll = options.dryRun || (Array.isArray(deletion.dryRun) && deletion.dryRun.length > 0);
  const pod = decodeStored(await readExisting(request, name), request.resource);
  if (needsBudget(pod)) await takeFromBudget(request, pod, dryRunAll);
  if (!dryRunAll) await markDisrupted(request, options);
  await deleteStored(request, name, { ...deletion, dryRunAll }, { admission: false });
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return objectResponse(201, status, { ...request.media, as: undefined }, request.warnings);
}

/** The body as one of `policy/v1`: clients may still send the old version, which is the same. */
function withoutBeta(body: DecodedBody): DecodedBody {
  return isObject(body.value) && body.value.apiVersion === 'policy/v1beta1'
    ? { ...body, value: { ...body.value, apiVersion: 'policy/v1' } }
    : body;
}

/** The pod says why it goes before it does. */
async function markDisrupted(request: ResourceRequest, options: WriteOptions): Promise<void> {
  const status: ResourceRequest = { ...request, path: { ...request.path, subresource: 'status' } };
  const now = timestamp(request.server.clock);
  const change = (pod: ServerObject): ServerObject => {
    const before = fieldsOf(pod.status);
    const others = objectsOf(before.conditions).filter(({ type }) => type !== 'DisruptionTarget');
    const old = objectsOf(before.conditions).find(({ type }) => type === 'DisruptionTarget');
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime : now,
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    };
    return { ...pod, status: { ...before, conditions: [...others, condition] } };
  };
  await replaceStored(status, options, change, { tracked: true, admission: false });
}

/** Pods that have ended, or not begun, or are on their way out already, disrupt nothing. */
function needsBudget(pod: ServerObject): boolean {
  const phase = textOf(fieldsOf(pod.status).phase);
  return (
    phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending' && pod.metadata.deletionTimestamp === undefined
  );
}

async function takeFromBudget(request: ResourceRequest, pod: ServerObject, dryRun: boolean): Promise<void> {
  const { server, path } = request;
  const budgets = server.scheme.resource('policy', 'v1', 'poddisruptionbudgets');
  if (budgets === undefined) return;
  const { start, end } = storageRange(budgets, path.namespace);
  const { kvs } = await server.storage.range(start, end);
  const matching = kvs
    .map((kv) => ({ kv, budget: decodeStored(kv, budgets) }))
    .filter(({ budget }) => matchesLabelSelector(fieldsOf(budget.spec).selector as LabelSelector, pod.metadata.labels));
  const [first, second] = matching;
  if (first === undefined) return;
  if (second !== undefined) {
    throw internal('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  }
  if (!isReady(pod) && mayEvictUnready(first.budget)) return;
  const next = charged(first.budget, pod.metadata.name ?? '', timestamp(server.clock));
  if (dryRun) return;
  const budgetRequest: ResourceRequest = {
    ...request,
    resource: budgets,
    path: { ...path, group: 'policy', plural: budgets.plural, name: next.metadata.name, subresource: 'status' },
  };
  try {
    await writeStatus(budgetRequest, asServer, next);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 409) throw error;
    throw refused([`The disruption budget ${first.budget.metadata.name} has just changed`], 10);
  }
}

function isReady(pod: ServerObject): boolean {
  return objectsOf(fieldsOf(pod.status).conditions).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** A pod that is not ready may go when enough others are healthy, or always where the budget says so. */
function mayEvictUnready(budget: ServerObject): boolean {
  if (fieldsOf(budget.spec).unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy, desiredHealthy } = fieldsOf(budget.status);
  return (numberOf(desiredHealthy) ?? 0) > 0 && (numberOf(currentHealthy) ?? 0) >= (numberOf(desiredHealthy) ?? 0);
}

/** Tells why a budget allows no disruption. */
function whyNot(status: JsonObject): string {
  const [desired, current] = [numberOf(status.desiredHealthy) ?? 0, numberOf(status.currentHealthy) ?? 0];
  const condition = objectsOf(status.conditions).find(({ type }) => type === 'DisruptionAllowed');
  const [reason, message] = [textOf(condition?.reason), textOf(condition?.message)];
  const isTold = condition?.status === 'False' && message !== '';
  const denied = 'does not allow evicting pods currently';
  if (isTold && reason === 'SyncFailed') return `${denied} because it failed sync: ${message}`;
  if (current <= desired) return `needs ${desired} healthy pods and has ${current} currently`;
  return isTold ? `${denied} (${reason}): ${message}` : denied;
}

/** The budget with one disruption taken from it. Throws the 429 Status when there is none left. */
function charged(budget: ServerObject, pod: string, now: string): ServerObject {
  const { name = '', generation = 0 } = budget.metadata;
  const status = fieldsOf(budget.status);
  if ((numberOf(status.observedGeneration) ?? 0) < generation) {
    throw refused([`The disruption budget ${name} is still being processed by the server.`], 10);
  }
  const allowed = numberOf(status.disruptionsAllowed) ?? 0;
  if (allowed <= 0) {
    throw refused([`The disruption budget ${name} ${whyNot(status)}`]);
  }
  const left = allowed - 1;
  const conditions = objectsOf(status.conditions).filter(({ type }) => type !== 'DisruptionAllowed');
  if (left === 0) {
    conditions.push({
      type: 'DisruptionAllowed',
      status: 'False',
      observedGeneration: numberOf(status.observedGeneration) ?? 0,
      lastTransitionTime: now,
      reason: 'InsufficientPods',
      message: '',
    });
  }
  const disruptedPods = { ...fieldsOf(status.disruptedPods), [pod]: now };
  return {
    ...budget,
    status: { ...status, disruptionsAllowed: left, disruptedPods, ...(conditions.length > 0 ? { conditions } : {}) },
  };
}

function refused(messages: readonly string[], retryAfterSeconds?: number): StatusError {
  const causes = messages.map((message) => ({ reason: 'DisruptionBudget', message }));
  return failure(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
    retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) },
  );
}
