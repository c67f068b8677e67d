import type { ApiCaller } from '../client/api-caller.js';
import type { Encoding } from '../client/encoding.js';
import { selectionQuery } from '../client/query.js';
import { contextOf, pathOf } from '../client/target.js';
import { apiVersionOf, type Resource } from '../meta/index.js';
import type { Transport } from '../transport/transport.js';
import { Encodings } from './encodings.js';
import { detectsMutation } from './freeze.js';
import type { CacheTuning } from './informer-options.js';
import { ListWatchPlan } from './list-watch-plan.js';
import { ObjectIds } from './object-ids.js';
import { projectionOf } from './projection.js';
import { Reflector } from './reflector.js';
import { SharedCache } from './shared-cache.js';

/** The settings that two informers must share to use one cache. */
export interface CacheSpec {
  readonly resource: Resource;
  /** Sorted; empty: all. */
  readonly namespaces: readonly string[];
  readonly labels: string;
  readonly fields: string;
  readonly shardSelector: string | undefined;
  readonly metadataOnly: boolean;
  readonly keepManagedFields: boolean;
  readonly encoding: Encoding;
  readonly project: readonly string[] | undefined;
  readonly transform: ((object: never) => unknown) | undefined;
}

const pools = new WeakMap<ApiCaller, Map<string, SharedCache>>();
/** The handles that share a transport: an impersonated one has the sockets of the one it was made from. */
const callersOf = new WeakMap<Transport, Set<ApiCaller>>();
const functionIds = new ObjectIds();

/**
 * The cache for this, shared with all informers of the same cluster handle that ask for the same. The first one's tuning holds. Every
 * call asks for one `releaseCache`.
 */
export function acquireCache(caller: ApiCaller, spec: CacheSpec, tuning: CacheTuning): SharedCache {
  const pool = pools.get(caller) ?? new Map<string, SharedCache>();
  pools.set(caller, pool);
  const { transport } = caller.shared;
  callersOf.set(transport, (callersOf.get(transport) ?? new Set()).add(caller));
  const key = keyOf(spec);
  const cache = pool.get(key) ?? newCache(caller, spec, tuning);
  pool.set(key, cache);
  cache.users++;
  return cache;
}

/** Lets go of a cache. With its last user it stops; resolves when it has. */
export async function releaseCache(caller: ApiCaller, spec: CacheSpec, cache: SharedCache): Promise<void> {
  if (--cache.users > 0) return;
  const pool = pools.get(caller);
  const key = keyOf(spec);
  if (pool?.get(key) === cache) pool.delete(key);
  await cache.stop();
}

/** Stops all caches behind connections that are being closed, whoever uses them and as whomever. */
export async function stopCaches(caller: ApiCaller): Promise<void> {
  const callers = [...(callersOf.get(caller.shared.transport) ?? [])];
  callersOf.delete(caller.shared.transport);
  const caches = callers.flatMap((one) => [...(pools.get(one)?.values() ?? [])]);
  for (const one of callers) pools.delete(one);
  await Promise.all(caches.map((cache) => cache.stop()));
}

function keyOf(spec: CacheSpec): string {
  const {
    resource,
    namespaces,
    labels,
    fields,
    shardSelector,
    metadataOnly,
    keepManagedFields,
    encoding,
    project,
    transform,
  } = spec;
  return JSON.stringify([
    apiVersionOf(resource),
    resource.plural,
    namespaces,
    labels,
    fields,
    shardSelector ?? null,
    metadataOnly,
    keepManagedFields,
    encoding,
    project ?? null,
    transform === undefined ? 0 : functionIds.of(transform),
  ]);
}

function newCache(caller: ApiCaller, spec: CacheSpec, tuning: CacheTuning): SharedCache {
  const { resource, metadataOnly } = spec;
  const { clock, random } = caller.shared;
  const scopes = spec.namespaces.length === 0 ? [undefined] : spec.namespaces;
  const encodings = new Encodings((kind) => caller.readEncoding(kind, spec.encoding), resource, metadataOnly);
  const selection = selectionQuery({
    labels: spec.labels || undefined,
    fields: spec.fields || undefined,
    shardSelector: spec.shardSelector,
  });
  return new SharedCache({
    ...encodings.stored,
    freeze: detectsMutation(),
    onUnknownFields: (object) => caller.shared.newerFields.addPartial(object),
    hydratedBytes: tuning.hydratedBytes,
    clock,
    reflectors: (cache) =>
      scopes.map((namespace) => ({
        namespace,
        reflector: new Reflector({
          source: {
            destination: caller.shared.destination,
            open: (call) => caller.open(call),
            path: pathOf({ resource, namespace }),
            query: selection,
            context: contextOf({ resource, namespace }, 'watch'),
          },
          encodings,
          store: cache.store,
          plan: new ListWatchPlan({ ...tuning, clock, random }),
          clock,
          metrics: cache.metrics,
          namespace,
          keepManagedFields: spec.keepManagedFields,
          transform: transformOf(spec),
          listener: cache,
        }),
      })),
  });
}

function transformOf(spec: CacheSpec): ((object: unknown) => unknown) | undefined {
  const { project, transform } = spec;
  const keep = project === undefined ? undefined : projectionOf(project);
  if (transform === undefined) return keep;
  // The decode boundary: what the server sent is taken for the type it was asked for.
  const change = transform as (object: unknown) => unknown;
  return keep === undefined ? change : (object) => change(keep(object));
}
