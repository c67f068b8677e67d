import { InvalidRequestError, isApiError, isDecodingError, NetworkError } from '../errors/index.js';
import { apiVersionOf, type Resource } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import { lazy } from '../util/single-flight.js';
import type { ApiCaller } from './api-caller.js';
import {
  aggregatedGroups,
  DISCOVERY_ACCEPT,
  type DiscoveredGroup,
  legacyCoreVersions,
  legacyGroups,
  legacyResources,
} from './discovery-documents.js';
import type { CallOptions } from './options.js';

/** A kind as manifests name it. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Something not found may have been installed since; but a typo asked for in a loop must not become a discovery request each time.
 * kubectl's interval for this is 10 s too.
 */
const MISS_REFRESH_MS = 10_000;

/**
 * Which kinds a server has. Asked once, in two requests (aggregated discovery v2; servers before 1.26: one request per group and
 * version), then remembered; a kind that is not there is looked for anew, at most every 10 seconds. Calls at the same time share one
 * request. API groups whose own server does not answer are left out and named in `failures`.
 */
export class Discovery {
  readonly #caller: ApiCaller;
  #load: () => Promise<Loaded>;
  #loadedAt = Number.NEGATIVE_INFINITY;

  /** Made by `Cluster`. */
  constructor(caller: ApiCaller) {
    this.#caller = caller;
    this.#load = lazy(() => this.#fetch());
  }

  /** Every resource of every version, in the server's order: core first, in each group the preferred version first. */
  async resources(): Promise<readonly Resource[]> {
    return (await this.#load()).resources;
  }

  /** The groups (`apps/v1`) that could not be read last time, with the reason. */
  async failures(): Promise<ReadonlyMap<string, unknown>> {
    return (await this.#load()).failures;
  }

  /** Forgets what was learnt and asks again. */
  async refresh(): Promise<void> {
    this.#load = lazy(() => this.#fetch());
    await this.#load();
  }

  /** The resource for a kind of exactly this version. Throws `InvalidRequestError` when the server has none. */
  async resource(ref: KindRef): Promise<Resource> {
    const { apiVersion, kind } = checkKindRef(ref);
    const find = (loaded: Loaded) =>
      loaded.resources.filter((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
    const [found] = await this.#lookup(find);
    if (found !== undefined) return found;
    const { resources, failures } = await this.#load();
    const others = [...new Set(resources.filter((resource) => resource.kind === kind).map(apiVersionOf))];
    const failed = failures.has(apiVersion) ? ` (${apiVersion} did not answer)` : '';
    const hint =
      others.length > 0
        ? `it has it in ${others.join(', ')}`
        : 'is its CustomResourceDefinition installed, and the name right?';
    throw new InvalidRequestError(`the server has no kind ${kind} in ${apiVersion}${failed}: ${hint}`);
  }

  /**
   * The resources a name stands for, as kubectl takes names: plural (`deployments`), singular, kind, short name (`deploy`), each also
   * with `.group` or `.version.group` (`deployments.v1.apps`), or a category (`all`). Without a version, the preferred one of each
   * resource. Empty when there is none. Case does not matter.
   */
  find(name: string): Promise<readonly Resource[]> {
    return this.#lookup((loaded) => findByName(loaded.resources, name.toLowerCase()));
  }

  async #lookup(find: (loaded: Loaded) => readonly Resource[]): Promise<readonly Resource[]> {
    const load = this.#load;
    const found = find(await load());
    if (found.length > 0) return found;
    if (this.#load === load) {
      if (this.#caller.shared.clock.now() - this.#loadedAt < MISS_REFRESH_MS) return found;
      // Others who missed meanwhile join this one.
      this.#load = lazy(() => this.#fetch());
    }
    return find(await this.#load());
  }

  async #fetch(): Promise<Loaded> {
    const [core, named] = await Promise.all([this.#get('/api'), this.#get('/apis')]);
    const failures = new Map<string, unknown>();
    const groups = (
      await Promise.all([
        aggregatedGroups(core) ?? this.#legacy([{ name: '', versions: legacyCoreVersions(core) }], failures),
        aggregatedGroups(named) ?? this.#legacy(legacyGroups(named), failures),
      ])
    ).flat();
    this.#loadedAt = this.#caller.shared.clock.now();
    const resources = groups.flatMap(({ name, versions }) =>
      versions.flatMap(({ version, resources, stale }) => {
        if (!stale) return resources;
        // As client-go has it: better not known than known wrongly.
        const message = 'the API server cannot reach the server of this group: what it knows of it is stale';
        failures.set(apiVersionOf({ group: name, version }), new NetworkError(message));
        return [];
      }),
    );
    return { resources, failures };
  }

  async #legacy(
    groups: { name: string; versions: string[] }[],
    failures: Map<string, unknown>,
  ): Promise<DiscoveredGroup[]> {
    const load = async (group: string, version: string): Promise<Resource[]> => {
      const apiVersion = apiVersionOf({ group, version });
      try {
        return legacyResources(group, version, await this.#get(`${group === '' ? '/api' : '/apis'}/${apiVersion}`));
      } catch (error) {
        // One extension server that is down must not hide all the others.
        if (!isApiError(error) && !isDecodingError(error)) throw error;
        failures.set(apiVersion, error);
        return [];
      }
    };
    return Promise.all(
      groups.map(async ({ name, versions }) => ({
        name,
        versions: await Promise.all(
          versions.map(async (version) => ({ version, resources: await load(name, version) })),
        ),
      })),
    );
  }

  #get(path: string, options?: CallOptions): Promise<unknown> {
    return this.#caller.call({
      context: { verb: 'discover', resource: path },
      method: 'GET',
      path,
      accept: DISCOVERY_ACCEPT,
      options,
    });
  }
}

function checkKindRef(ref: unknown): KindRef {
  if (
    isObject(ref) &&
    typeof ref.apiVersion === 'string' &&
    typeof ref.kind === 'string' &&
    ref.apiVersion &&
    ref.kind
  ) {
    return { apiVersion: ref.apiVersion, kind: ref.kind };
  }
  throw new InvalidRequestError("say which kind: { apiVersion: 'apps/v1', kind: 'Deployment' }");
}

interface Loaded {
  readonly resources: readonly Resource[];
  readonly failures: ReadonlyMap<string, unknown>;
}

function findByName(resources: readonly Resource[], name: string): readonly Resource[] {
  const named = resources.filter((resource) => namesOf(resource).has(name));
  if (named.length > 0) return preferred(named);
  // `deployments.v1.apps` before `deployments.apps`: a group may begin like a version, a version never like a group.
  const [first = '', second = '', ...rest] = name.split('.');
  const versioned = resources.filter(
    (resource) => namesOf(resource).has(first) && resource.version === second && resource.group === rest.join('.'),
  );
  if (versioned.length > 0) return versioned;
  const group = [second, ...rest].join('.');
  const grouped =
    group === '' ? [] : resources.filter((resource) => namesOf(resource).has(first) && resource.group === group);
  if (grouped.length > 0) return preferred(grouped);
  return preferred(resources.filter((resource) => resource.categories.includes(name)));
}

function namesOf(resource: Resource): ReadonlySet<string> {
  return new Set([resource.plural, resource.singular, resource.kind.toLowerCase(), ...resource.shortNames]);
}

/** Of each group and plural the first, which is the preferred version. */
function preferred(resources: readonly Resource[]): readonly Resource[] {
  const seen = new Set<string>();
  return resources.filter(({ group, plural }) => {
    const key = `${group}/${plural}`;
    return !seen.has(key) && seen.add(key);
  });
}
