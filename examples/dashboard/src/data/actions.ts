import { stringify } from 'yaml';
import { ApiFailure, type ClusterApi } from './api.js';
import { type Kind, pathOf } from './kinds.js';
import { listObjects } from './live-object.js';
import { type KubeObject, listAt, textAt } from './objects.js';
import { sleep } from './watch.js';

const manager = 'keelson-dashboard';
const mergePatch = 'application/merge-patch+json';

/** Where an object is. */
export interface ObjectRef {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string;
}

export function getObject(
  api: ClusterApi,
  { kind, namespace, name }: ObjectRef,
  signal?: AbortSignal,
): Promise<KubeObject> {
  return api.json(pathOf(kind, namespace, name), { signal });
}

/** Creates an object. With `dryRun` the server checks it and stores nothing. */
export function createObject(api: ClusterApi, kind: Kind, object: KubeObject, dryRun: boolean): Promise<KubeObject> {
  const path = pathOf(kind, object.metadata.namespace);
  return api.json(`${path}?${writeQuery(dryRun)}`, { method: 'POST', body: object });
}

/** Replaces an object; the server refuses if it was changed since `object` was read. */
export function replaceObject(
  api: ClusterApi,
  ref: ObjectRef,
  object: KubeObject,
  dryRun: boolean,
): Promise<KubeObject> {
  const path = pathOf(ref.kind, ref.namespace, ref.name);
  return api.json(`${path}?${writeQuery(dryRun)}`, { method: 'PUT', body: object });
}

function writeQuery(dryRun: boolean): URLSearchParams {
  return new URLSearchParams({
    fieldManager: manager,
    fieldValidation: 'Strict',
    ...(dryRun ? { dryRun: 'All' } : {}),
  });
}

async function patch(api: ClusterApi, ref: ObjectRef, body: unknown, subresource?: string): Promise<void> {
  const path = pathOf(ref.kind, ref.namespace, ref.name, subresource);
  await api.send(`${path}?fieldManager=${manager}`, { method: 'PATCH', body, type: mergePatch });
}

export function scale(api: ClusterApi, ref: ObjectRef, replicas: number): Promise<void> {
  return patch(api, ref, { spec: { replicas } }, 'scale');
}

/** Replaces the pods of a workload one after the other, as `kubectl rollout restart`. */
export function restart(api: ClusterApi, ref: ObjectRef): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  return patch(api, ref, { spec: { template: { metadata: { annotations } } } });
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export async function deleteObject(api: ClusterApi, ref: ObjectRef, propagationPolicy: Propagation): Promise<void> {
  await api.send(pathOf(ref.kind, ref.namespace, ref.name), { method: 'DELETE', body: { propagationPolicy } });
}

export function cordon(api: ClusterApi, ref: ObjectRef, unschedulable: boolean): Promise<void> {
  return patch(api, ref, { spec: { unschedulable } });
}

/** The progress of a pod's eviction. */
export interface Eviction {
  readonly pod: string;
  readonly state: 'waiting' | 'evicted' | 'skipped' | 'failed';
  readonly message: string;
}

/** Cordons a node and evicts its pods. Pods of daemon sets and mirror pods stay. A disruption budget delays an eviction. */
export async function drain(
  api: ClusterApi,
  node: ObjectRef,
  pods: Kind,
  tell: (eviction: Eviction) => void,
  signal: AbortSignal,
): Promise<void> {
  await cordon(api, node, true);
  const { items } = await listObjects(api, { kind: pods, fields: `spec.nodeName=${node.name}` }, signal);
  await Promise.all(items.map((pod) => evict(api, pod, pods, tell, signal)));
}

async function evict(
  api: ClusterApi,
  pod: KubeObject,
  pods: Kind,
  tell: (eviction: Eviction) => void,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const state = (value: Eviction['state'], message = '') =>
    tell({ pod: `${namespace}/${name}`, state: value, message });
  if (listAt(pod, 'metadata.ownerReferences').some(({ kind }) => kind === 'DaemonSet'))
    return state('skipped', 'belongs to a daemon set');
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return state('skipped', 'mirror pod');
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  state('waiting');
  for (let wait = 1000; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      await api.send(pathOf(pods, namespace, name, 'eviction'), { method: 'POST', body, signal });
      return state('evicted');
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.status === 404) return state('evicted', 'was gone already');
      if (error.status !== 429) return state('failed', error.message);
      state('waiting', error.message);
      await sleep(wait, signal);
    }
  }
}

/** Writes an object as YAML, without the fields that only the server reads. */
export function toYaml(object: KubeObject): string {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  const { apiVersion, kind, metadata: __, ...rest } = object;
  return stringify({ apiVersion, kind, metadata, ...rest }, { lineWidth: 0 });
}

/** Returns the selector of a workload or service as `app=web,tier=front`, or undefined. */
export function selectorOf(object: KubeObject): string | undefined {
  const selector = object.spec?.selector;
  if (typeof selector !== 'object' || selector === null) return undefined;
  const labels = 'matchLabels' in selector ? selector.matchLabels : 'matchExpressions' in selector ? {} : selector;
  const pairs = Object.entries((labels ?? {}) as { [key: string]: string }).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of listAt(object, 'spec.selector.matchExpressions')) {
    const list = `(${(values as string[]).join(',')})`;
    if (operator === 'In' || operator === 'NotIn') pairs.push(`${key} ${operator === 'In' ? 'in' : 'notin'} ${list}`);
    if (operator === 'Exists') pairs.push(String(key));
    if (operator === 'DoesNotExist') pairs.push(`!${key}`);
  }
  return pairs.length === 0 ? undefined : pairs.join(',');
}

/** Returns the names of a pod's containers. */
export function containersOf(pod: KubeObject): string[] {
  return [
    ...listAt(pod, 'spec.containers'),
    ...listAt(pod, 'spec.initContainers'),
    ...listAt(pod, 'spec.ephemeralContainers'),
  ].map((one) => textAt(one, 'name'));
}
