import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { copy, equal, type JsonObject } from '../../util/json-value.js';
import { applyLimitDefaults } from '../admission/limit-ranger.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { forbidden } from '../object/status-error.js';
import { generateName } from '../registry/system-fields.js';
import { decodeStored, peekStored } from '../scheme/stored.js';

/** What the default admission plugins do to a pod on its creation: priority, tolerations, service account. */
export async function admitPod(pod: ServerObject, request: ResourceRequest): Promise<void> {
  const spec = fieldsOf(pod.spec);
  pod.spec = spec;
  const { plugins } = request.server;
  if (plugins.has('LimitRanger')) await applyLimitDefaults(pod, request);
  if (plugins.has('Priority')) await settlePriority(pod, spec, request);
  if (plugins.has('DefaultTolerationSeconds')) addTolerations(spec);
  if (plugins.has('RuntimeClass')) await useRuntimeClass(pod, spec, request);
  if (plugins.has('ServiceAccount')) await useServiceAccount(pod, spec, request);
}

async function settlePriority(pod: ServerObject, spec: JsonObject, request: ResourceRequest): Promise<void> {
  const { server, resource } = request;
  const classes = server.scheme.resource('scheduling.k8s.io', 'v1', 'priorityclasses');
  const name = textOf(spec.priorityClassName);
  let priority = 0;
  let preemptionPolicy = 'PreemptLowerPriority';
  if (name !== '' && classes !== undefined) {
    const { kv } = await server.storage.get(`${classes.prefix}${name}`);
    const builtIn = systemPriorities[name];
    if (kv === undefined && builtIn === undefined) {
      throw forbidden(resource, pod.metadata.name ?? '', `no PriorityClass with name ${name} was found`);
    }
    const found = kv === undefined ? undefined : decodeStored(kv, classes);
    priority = typeof found?.value === 'number' ? found.value : (builtIn ?? 0);
    preemptionPolicy = textOf(found?.preemptionPolicy) || preemptionPolicy;
  }
  if (typeof spec.priority === 'number' && spec.priority !== priority) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
    throw forbidden(resource, pod.metadata.name ?? '', why);
  }
  spec.priority = priority;
  spec.preemptionPolicy ??= preemptionPolicy;
}

const systemPriorities: { readonly [name: string]: number } = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

const patienceSeconds = 300;

/** Pods stay five minutes on a node that is not ready or cannot be reached, unless they say otherwise. */
export function addTolerations(spec: JsonObject): void {
  const tolerations = objectsOf(spec.tolerations);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (one) => (textOf(one.key) === '' || one.key === key) && (textOf(one.effect) === '' || one.effect === 'NoExecute'),
    );
    if (!tolerated)
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: patienceSeconds });
  }
  spec.tolerations = tolerations;
}

/** What the runtime of a pod costs on top of its containers, and where it can run. */
async function useRuntimeClass(pod: ServerObject, spec: JsonObject, request: ResourceRequest): Promise<void> {
  const { server, resource } = request;
  const classes = server.scheme.resource('node.k8s.io', 'v1', 'runtimeclasses');
  const name = textOf(spec.runtimeClassName);
  if (name === '' || classes === undefined) return;
  const { kv } = await server.storage.get(`${classes.prefix}${name}`);
  const refuse = (why: string): Error => forbidden(resource, pod.metadata.name ?? '', `pod rejected: ${why}`);
  if (kv === undefined) throw refuse(`RuntimeClass ${JSON.stringify(name)} not found`);
  const { overhead, scheduling } = decodeStored(kv, classes);
  const { podFixed } = fieldsOf(overhead);
  if (podFixed !== undefined) {
    if (spec.overhead !== undefined && !equal(spec.overhead, podFixed))
      throw refuse("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    spec.overhead = podFixed;
  }
  const { nodeSelector, tolerations } = fieldsOf(scheduling);
  if (nodeSelector !== undefined) spec.nodeSelector = { ...fieldsOf(spec.nodeSelector), ...fieldsOf(nodeSelector) };
  const added = listOf(tolerations).filter((one) => !listOf(spec.tolerations).some((other) => equal(one, other)));
  if (added.length > 0) spec.tolerations = [...listOf(spec.tolerations), ...added];
}

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

async function useServiceAccount(pod: ServerObject, spec: JsonObject, request: ResourceRequest): Promise<void> {
  const { server, resource, path } = request;
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  if (accounts === undefined) return;
  const name = textOf(spec.serviceAccountName) || 'default';
  Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
  const namespace = path.namespace ?? '';
  const key = `${accounts.prefix}${namespace}/${name}`;
  let { kv } = await server.storage.get(key);
  if (kv === undefined && name === 'default' && server.hooks.settleNamespace !== undefined) {
    await server.hooks.settleNamespace(namespace);
    ({ kv } = await server.storage.get(key));
  }
  if (kv === undefined) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw forbidden(resource, pod.metadata.name ?? '', why);
  }
  const account = peekStored(kv, accounts);
  if (listOf(spec.imagePullSecrets).length === 0 && listOf(account.imagePullSecrets).length > 0) {
    spec.imagePullSecrets = copy(listOf(account.imagePullSecrets));
  }
  const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (mounts === true) mountToken(spec, request);
}

/** The volume from which a container reads its token, the authority of the server and its namespace. */
function mountToken(spec: JsonObject, { server }: ResourceRequest): void {
  const containers = [...objectsOf(spec.initContainers), ...objectsOf(spec.containers)];
  const missing = containers.filter(
    (container) => !objectsOf(container.volumeMounts).some((one) => one.mountPath === mountPath),
  );
  if (missing.length === 0) return;
  const name = generateName('kube-api-access-', server.random);
  for (const container of missing) {
    container.volumeMounts = [...listOf(container.volumeMounts), { name, readOnly: true, mountPath }];
  }
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ];
  spec.volumes = [...listOf(spec.volumes), { name, projected: { sources, defaultMode: 0o644 } }];
}
