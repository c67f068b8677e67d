import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { InvalidRequestError, isNotFound } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import type { ApiCaller } from './api-caller.js';
import { type ApplyManifestsOptions, applyManifestsOptions, serverSideApply } from './apply-options.js';
import type { Discovery } from './discovery.js';
import type { DynamicObject } from './dynamic.js';
import { definedKind, groupKind, ManifestClients } from './manifest-clients.js';
import { inApplyOrder, type Manifest, type Manifests, parseManifests } from './manifests.js';
import { type FieldChange, fieldChanges } from './object-changes.js';

/** Options of `cluster.diff`: those of the `cluster.apply` to look ahead to. */
export type DiffOptions = Omit<ApplyManifestsOptions, 'dryRun' | 'establishTimeoutMs' | 'onPruned'>;

/** One field that an apply would change, or a whole object that it would create or prune. */
export interface ManifestChange extends FieldChange {
  /** The kind, such as `Deployment`. */
  readonly kind: string;
  readonly apiVersion: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

const { dryRun: _, establishTimeoutMs: __, onPruned: ___, ...diffOptions } = applyManifestsOptions;
const knownOptions: KeysOf<DiffOptions> = diffOptions;

/** Fields that the server keeps for itself: they differ between any two states. */
const OWN_FIELDS = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

/** Compares the stored objects with what an apply would make of them; see `Cluster.diff`. */
export async function* diffManifests(
  caller: ApiCaller,
  discovery: Discovery,
  manifests: Manifests,
  options: DiffOptions & { readonly namespace: string },
): AsyncGenerator<ManifestChange> {
  checkOptions('cluster.diff', options, knownOptions);
  const { applySet: ref, prune = false, namespace, signal } = options;
  if (prune && ref === undefined) {
    throw new InvalidRequestError('cannot prune without applySet: only the objects of a set can be found');
  }
  const clients = new ManifestClients(caller, discovery, namespace, signal);
  const ordered = inApplyOrder(await parseManifests(manifests));
  const set =
    ref === undefined
      ? undefined
      : await (await import('./apply-set.js')).ApplySet.open(ref, caller, discovery, { ...options, dryRun: true });
  const members = set?.label(ordered) ?? ordered;
  const coming = new Coming(members);
  const stored = [];
  for (const manifest of members) {
    const { before, after } = await statesOf(manifest, clients, coming, options);
    if (before !== undefined) stored.push(before);
    yield* changesOf(after, before, after);
  }
  if (set === undefined || !prune) return;
  for (const stray of await set.strays(stored)) yield* changesOf(stray, stray, undefined);
}

/** The namespaces and kinds that the manifests bring. An apply that needs one of them cannot be tried before it exists. */
class Coming {
  readonly #namespaces: ReadonlySet<string>;
  readonly #kinds: ReadonlySet<string | undefined>;

  constructor(manifests: readonly Manifest[]) {
    const namespaces = manifests.filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1');
    this.#namespaces = new Set(namespaces.map(({ metadata }) => metadata.name));
    this.#kinds = new Set(manifests.map(definedKind));
  }

  hasKind(manifest: Manifest): boolean {
    return this.#kinds.has(groupKind(manifest));
  }

  hasNamespace(namespace: string | undefined): boolean {
    return namespace !== undefined && this.#namespaces.has(namespace);
  }
}

async function statesOf(manifest: Manifest, clients: ManifestClients, coming: Coming, options: DiffOptions) {
  const { name } = manifest.metadata;
  const calls = { signal: options.signal, timeoutMs: options.timeoutMs };
  const target = await clients.of(manifest).catch((error: unknown) => {
    if (error instanceof InvalidRequestError && coming.hasKind(manifest)) return undefined;
    throw error;
  });
  if (target === undefined) return { before: undefined, after: manifest };
  const { client, namespace } = target;
  const before = await client.find(name, calls);
  try {
    return { before, after: await client.apply(manifest, { ...serverSideApply(options), dryRun: true }) };
  } catch (error) {
    if (!isNotFound(error) || before !== undefined || !coming.hasNamespace(namespace)) throw error;
    return { before, after: { ...manifest, metadata: { ...manifest.metadata, namespace } } };
  }
}

function* changesOf(
  { apiVersion = '', kind = '', metadata }: KubeObject,
  before: DynamicObject | undefined,
  after: KubeObject | undefined,
): Generator<ManifestChange> {
  const { name = '', namespace } = metadata ?? {};
  const place = { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
  const hidden = kind === 'Secret' && apiVersion === 'v1';
  for (const change of fieldChanges(withoutOwnFields(before), withoutOwnFields(after))) {
    yield { ...place, ...(hidden ? masked(change) : change) };
  }
}

function withoutOwnFields(object: KubeObject | undefined): KubeObject | undefined {
  if (object?.metadata === undefined) return object;
  const kept = Object.entries(object.metadata).filter(([field]) => !OWN_FIELDS.includes(field));
  return { ...object, metadata: Object.fromEntries(kept) };
}

/** Hides the values of a Secret, as kubectl does: a difference still shows. */
function masked(change: FieldChange): FieldChange {
  if (/^\/(data|stringData)\b/.test(change.path)) {
    const hide = (value: unknown, word: string) => (value === undefined ? undefined : `*** (${word})`);
    return { ...change, before: hide(change.before, 'before'), after: hide(change.after, 'after') };
  }
  return change.path === ''
    ? { ...change, before: withoutData(change.before), after: withoutData(change.after) }
    : change;
}

function withoutData(secret: unknown): unknown {
  if (!isObject(secret)) return secret;
  const hide = (data: unknown) =>
    isObject(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, '***'])) : data;
  return Object.fromEntries(
    Object.entries(secret).map(([field, value]) => [
      field,
      field === 'data' || field === 'stringData' ? hide(value) : value,
    ]),
  );
}
