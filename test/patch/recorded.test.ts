import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type FieldManagerContext,
  fieldFilterOf,
  fromScale,
  type JsonObject,
  PatchError,
  serverSideApply,
  toScale,
  trackUpdate,
} from '../../src/patch/index.js';
import { crdResolver } from './crd.js';
import { creatableKinds, resolverOf } from './facts.js';
import { conversations, type Exchange } from './transcripts.js';

/** The fields that the server adds to an object. No manager owns them, and the recorded answers hold them. */
const serverWrites: { readonly [kind: string]: readonly string[] } = {
  Namespace: ['.spec.finalizers'],
  Node: ['.spec.taints'],
  Service: [
    '.spec.clusterIP',
    '.spec.clusterIPs',
    '.spec.ipFamilies',
    '.spec.ipFamilyPolicy',
    '.spec.healthCheckNodePort',
    'nodePort',
  ],
  Job: ['.spec.selector', 'controller-uid', 'job-name', '.metadata.labels', '.spec.template.metadata.labels'],
  Pod: [
    '.spec.serviceAccount',
    '.spec.serviceAccountName',
    '.spec.tolerations',
    '.spec.priority',
    '.spec.preemptionPolicy',
    '.spec.volumes',
    'volumeMounts',
  ],
  PersistentVolume: ['.metadata.finalizers'],
  PersistentVolumeClaim: ['.metadata.finalizers'],
};

/** Steps whose answer does not show what was tracked, because the server drops, restores or adds something afterwards. */
const dropped = new Set([
  'delete/finalizers-while-deleting #7',
  'nodes/lease-updates #7',
  'pods/runtime-class #5',
  'quota/limit-range-defaults #4',
  'quota/limit-range-defaults #5',
  'services/type-changes #5',
  'services/type-changes #6',
  'subresources/pod-resize #7',
  'update/put-requires-resource-version #8',
]);

interface Target {
  group: string;
  apiVersion: string;
  kind: string;
  hasStatus: boolean;
  custom: boolean;
  subresource: string;
  key: string;
  schema: FieldManagerContext['schema'];
}

const builtIn = new Map(creatableKinds().map((kind) => [`${kind.apiVersion}/${kind.plural}`, kind]));
const doors = /\/(status|scale|ephemeralcontainers|resize|approval|finalize)$/;

describe('recorded conversations', () => {
  // The later conversations, called `x-…`, are about odd input that only a whole server sorts out.
  const all = conversations().filter(({ name }) => !name.includes('/x-'));

  it('there are some', () => {
    expect(all.length).toBeGreaterThan(200);
  });

  it.each(all)('$name: patches, applies and tracks as the server did', ({ exchanges }) => {
    const replay = new Replay();
    for (const exchange of exchanges) replay.step(exchange);
  });
});

/** Follows one conversation: what the server answered is the live object of the next step. */
class Replay {
  readonly #objects = new Map<string, JsonObject>();
  readonly #crds = new Map<string, JsonObject>();

  step(exchange: Exchange): void {
    const { method, answer, status } = exchange;
    const target = this.#target(exchange);
    if (target === undefined) return;
    if (method === 'PATCH' || method === 'POST' || method === 'PUT') this.#write(exchange, target);
    const object = answer as JsonObject | undefined;
    const stored = status < 300 && object?.kind === target.kind && method !== 'DELETE' && !exchange.query.has('dryRun');
    if (stored) this.#objects.set(target.key, object);
    if (stored && target.kind === 'CustomResourceDefinition') this.#crds.set(String(nameOf(object)), object);
    if (target.subresource === 'scale' && method !== 'GET' && status < 300) this.#scaled(exchange, target);
  }

  #target({ path, method, answer }: Exchange): Target | undefined {
    const parts =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/[^/]+(?=\/[^/]))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        path,
      );
    if (parts === null) return undefined;
    const [, group = '', version = '', plural = '', name, subresource = ''] = parts;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const base = path.replace(doors, '');
    const key = method === 'POST' && name === undefined ? `${base}/${nameOf(answer as JsonObject)}` : base;
    const common = { group, apiVersion, subresource, key };
    const kind = builtIn.get(`${apiVersion}/${plural}`);
    if (kind !== undefined) {
      return {
        ...common,
        kind: kind.kind,
        hasStatus: kind.hasStatus,
        custom: false,
        schema: resolverOf(apiVersion, kind.kind),
      };
    }
    const crd = this.#crds.get(`${plural}.${group}`);
    const custom = crd && crdResolver(crd, version);
    return custom === undefined ? undefined : { ...common, ...custom, custom: true };
  }

  #write(exchange: Exchange, target: Target): void {
    const { group, kind, subresource, hasStatus, custom, schema, apiVersion } = target;
    const context: FieldManagerContext = {
      schema,
      apiVersion,
      subresource,
      manager: exchange.query.get('fieldManager') ?? 'conformance',
      now: '2030-01-01T00:00:00Z',
      filter: fieldFilterOf({ group, kind, subresource, hasStatus, custom }),
    };
    const apply = exchange.contentType.startsWith('application/apply-patch');
    if (subresource === 'scale') return;
    if (apply) this.#apply(exchange, target, context);
    else if (exchange.status >= 400) this.#fail(exchange, target);
    else this.#track(exchange, target, context);
  }

  #apply(exchange: Exchange, target: Target, context: FieldManagerContext): void {
    const { at, status, answer, query } = exchange;
    const applied = bodyOf(exchange);
    if (applied === undefined) return;
    const live = this.#objects.get(target.key);
    const force = query.has('force') && query.get('force') !== 'false';
    const run = () => serverSideApply({ ...context, kind: target.kind, live, applied, force }).object;
    if (status < 300) {
      expect(timeless(run()), at).toEqual(timeless(answer as JsonObject));
      return;
    }
    const error = failureOf(run);
    // The server refuses more than an apply engine knows of: names, preconditions, what validation and admission say.
    if (error !== undefined) expect([error.code, error.message], at).toEqual([status, (answer as JsonObject).message]);
    else expect(String((answer as JsonObject).message), at).not.toMatch(/^Apply failed|^failed to create typed/);
  }

  #fail(exchange: Exchange, target: Target): void {
    const { at, status, answer } = exchange;
    const live = this.#objects.get(target.key);
    if (exchange.method !== 'PATCH' || live === undefined || typeof exchange.body === 'string' || status === 415)
      return;
    const error = failureOf(() => patched(exchange, live, target));
    if (error !== undefined) expect([error.code, error.message], at).toEqual([status, (answer as JsonObject).message]);
    else expect(status, at).not.toBe(500);
  }

  #track(exchange: Exchange, target: Target, context: FieldManagerContext): void {
    const { at, method } = exchange;
    const live = method === 'POST' ? undefined : this.#objects.get(target.key);
    const answer = exchange.answer as JsonObject;
    if (answer?.kind !== target.kind || dropped.has(at) || (method === 'POST' && this.#objects.has(target.key))) return;
    const { managedFields: _, ...metadata } = answer.metadata as JsonObject;
    const sent =
      method === 'PATCH' && live !== undefined ? metadataOf(patched(exchange, live, target)).managedFields : undefined;
    const updated = { ...answer, metadata: sent === undefined ? metadata : { ...metadata, managedFields: sent } };
    const tracked = trackUpdate({ ...context, live: unmarked(live, metadata), updated });
    const hidden = serverWrites[target.kind] ?? [];
    expect(timeless(tracked, hidden), at).toEqual(timeless(answer, hidden));
  }

  /** A write to the scale, taken back to the object it scales, as the next read of that object shows it. */
  #scaled({ at, query, answer }: Exchange, { key, apiVersion }: Target): void {
    const live = this.#objects.get(key);
    if (live === undefined || query.has('dryRun')) return;
    const replicas = Number(((answer as JsonObject).spec as JsonObject).replicas ?? 0);
    const paths = { [apiVersion]: ['spec', 'replicas'] };
    const scale = (entries: unknown, count: unknown) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'x', uid: 'u', ...(entries === undefined ? {} : { managedFields: entries }) },
      spec: { replicas: count },
    });
    const entries = toScale(metadataOf(live).managedFields, paths);
    const written = trackUpdate({
      schema: resolverOf('autoscaling/v1', 'Scale'),
      apiVersion: 'autoscaling/v1',
      subresource: 'scale',
      manager: query.get('fieldManager') ?? 'conformance',
      now: '2030-01-01T00:00:00Z',
      live: scale(entries, (live.spec as JsonObject).replicas),
      updated: scale(undefined, replicas),
    });
    const managedFields = fromScale(
      metadataOf(live).managedFields,
      metadataOf(written).managedFields,
      apiVersion,
      paths,
    );
    expect(managedFields, at).toBeDefined();
    const scaled = {
      ...live,
      metadata: { ...metadataOf(live), managedFields },
      spec: { ...(live.spec as JsonObject), replicas },
    };
    this.#objects.set(key, scaled);
  }
}

function patched(exchange: Exchange, live: JsonObject, { schema }: Target): JsonObject {
  const { contentType, body } = exchange;
  if (contentType.startsWith('application/json-patch')) return applyJsonPatch(live, body) as JsonObject;
  if (contentType.includes('strategic')) return applyStrategicMergePatch(live, body as JsonObject, schema);
  return applyMergePatch(live, body);
}

function bodyOf({ body }: Exchange): JsonObject | undefined {
  if (typeof body !== 'string') return body as JsonObject;
  try {
    return parse(body) as JsonObject;
  } catch {
    return undefined;
  }
}

/** A DELETE between two writes marks the object, which no write does. */
function unmarked(live: JsonObject | undefined, after: JsonObject): JsonObject | undefined {
  if (live === undefined || after.deletionTimestamp === undefined) return live;
  const marks = Object.entries(after).filter(([field]) => field.startsWith('deletion'));
  return { ...live, metadata: { ...metadataOf(live), ...Object.fromEntries(marks) } };
}

function failureOf(run: () => unknown): PatchError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof PatchError) return error;
    throw error;
  }
}

/** managedFields in order of managers as lists of paths, without times and what the server writes. */
function timeless(object: JsonObject, hidden: readonly string[] = []): unknown {
  const entries = (metadataOf(object).managedFields ?? []) as JsonObject[];
  return entries
    .map(({ time: _, fieldsV1, ...entry }) => ({ ...entry, fields: shown(fieldsV1 as JsonObject, hidden) }))
    .filter(({ fields }) => fields.length > 0)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function shown(fields: JsonObject, hidden: readonly string[]): string[] {
  return pathsOf(fields, '')
    .filter((path) => !hidden.some((part) => (part.startsWith('.') ? path.startsWith(part) : path.includes(part))))
    .sort();
}

function pathsOf(fields: JsonObject, prefix: string): string[] {
  const entries = Object.entries(fields);
  if (entries.length === 0) return prefix === '' ? [] : [prefix];
  return entries.flatMap(([key, below]) =>
    key === '.' ? [`${prefix}.`] : pathsOf(below as JsonObject, `${prefix}.${key.replace(/^f:/, '')}`),
  );
}

function metadataOf(object: JsonObject): JsonObject {
  return (object.metadata ?? {}) as JsonObject;
}

function nameOf(object: JsonObject | undefined): unknown {
  return (object?.metadata as JsonObject | undefined)?.name;
}
