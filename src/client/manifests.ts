import { InvalidRequestError } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';
import { isObject } from '../util/json-value.js';

/** Manifests as people have them: YAML or JSON text, of one document or several, or parsed objects; lists of objects are unpacked. */
export type Manifests = string | KubeObject | Iterable<KubeObject>;

/** A manifest that says what it is. */
export interface Manifest extends KubeObject {
  apiVersion: string;
  kind: string;
  metadata: NonNullable<KubeObject['metadata']> & { name: string };
}

/**
 * The objects in manifests, lists unpacked, in the order given. Throws `InvalidRequestError` for text that is not YAML and for objects
 * without apiVersion, kind or name.
 */
export async function parseManifests(manifests: Manifests): Promise<Manifest[]> {
  const documents =
    typeof manifests === 'string' ? await parseYaml(manifests) : isIterable(manifests) ? [...manifests] : [manifests];
  return documents.flatMap((document, index) => unpack(document, `document ${index + 1}`));
}

function isIterable(value: KubeObject | Iterable<KubeObject>): value is Iterable<KubeObject> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/**
 * YAML as kubectl reads it: version 1.1 for `yes`, `on` and octal `0644`, without what its parser leaves alone there (dates and `1:30`
 * stay texts).
 */
async function parseYaml(text: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, {
    schema: 'yaml-1.1',
    merge: true,
    prettyErrors: false,
    customTags: (tags) =>
      tags
        .filter((tag) => typeof tag === 'string' || !('format' in tag && tag.format === 'TIME'))
        .filter((tag) => !isForeign(tag)),
  });
  return [...documents].flatMap((document, index) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const line = text.slice(0, error.pos[0]).split('\n').length;
      throw new InvalidRequestError(`document ${index + 1} is not YAML: ${error.code} in line ${line}`);
    }
    const value = contentOf(document, index);
    // Comments and stray separators make empty documents.
    return value === null || value === undefined ? [] : [value];
  });
}

/** Returns the content of a document. Only here does it show where its aliases lead, and how often. */
function contentOf(document: { toJS(): unknown }, index: number): unknown {
  try {
    return document.toJS();
  } catch {
    throw new InvalidRequestError(`document ${index + 1} is not YAML: an alias without an anchor, or too many aliases`);
  }
}

/** YAML types for which JSON has no like. */
function isForeign(tag: unknown): boolean {
  return (
    isObject(tag) &&
    ['timestamp', 'binary', 'omap', 'pairs', 'set'].some((name) => tag.tag === `tag:yaml.org,2002:${name}`)
  );
}

function unpack(document: unknown, where: string): Manifest[] {
  if (!isObject(document)) throw new InvalidRequestError(`${where} is not an object`);
  const { apiVersion, kind, items } = document;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    // The items of a PodList may leave out that they are Pods.
    const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item, index) =>
      unpack(isObject(item) ? { ...inherited, ...item } : item, `item ${index + 1} of ${where}`),
    );
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new InvalidRequestError(`${where} has no apiVersion`);
  if (typeof kind !== 'string' || kind === '') throw new InvalidRequestError(`${where} has no kind`);
  const name = isObject(document.metadata) ? document.metadata.name : undefined;
  if (typeof name !== 'string' || name === '')
    throw new InvalidRequestError(`${where}, a ${kind}, has no metadata.name, which apply needs`);
  return [document as unknown as Manifest];
}

/**
 * The order of applying. Objects that others need come first. Objects that intercept requests (webhooks, aggregated APIs) come last, when
 * the programs that answer them exist.
 */
const ORDER = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'RuntimeClass',
  'IngressClass',
  'StorageClass',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Endpoints',
  'EndpointSlice',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'Job',
  'CronJob',
  'Ingress',
];
const LAST = [
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

/** Manifests in the order in which they can be applied, about that of helm; those of the same rank stay in the order given. */
export function inApplyOrder(manifests: readonly Manifest[]): Manifest[] {
  return [...manifests].sort((a, b) => rank(a.kind) - rank(b.kind));
}

/** Kinds of one's own come after the built-in ones: their controllers have been applied then. */
function rank(kind: string): number {
  const early = ORDER.indexOf(kind);
  if (early !== -1) return early;
  const late = LAST.indexOf(kind);
  return late === -1 ? ORDER.length : ORDER.length + 1 + late;
}
