import type { ApiFacts, GroupFacts, ResourceFacts, SchemaFacts } from '../../meta/index.js';
import type { SchemaResolver } from '../../patch/index.js';
import type { CustomApi, Scheme, ServedResource } from '../object/server-context.js';
import { apiFacts, factsIndex, metaFacts } from './facts.js';
import { RuntimeConfig } from './runtime-config.js';

/** Kinds that are one and the same under two names: both read and write the objects of the second. */
const sharedStorage: { readonly [resource: string]: string } = {
  'events.k8s.io/events': '/registry/events/',
  '/events': '/registry/events/',
};

/** Kinds that are asked and answered but never kept. */
const reviews = new Set(['create']);

/**
 * The groups, versions and resources that this server serves, by the generated facts. It reads a group's facts at the group's first
 * request.
 */
export class ServedScheme implements Scheme {
  readonly #builtIn: readonly GroupFacts[];
  readonly #resources = new Map<string, ReadonlyMap<string, ServedResource>>();
  #custom: ReadonlyMap<string, CustomApi> = new Map();
  #groups: readonly GroupFacts[];
  #edition: object = {};
  /** Schemas by the references that led to them, of built-in and custom kinds. */
  readonly #schemas = new Map<string, SchemaFacts>();

  readonly #config: RuntimeConfig;

  /** `runtimeConfig` says which APIs are served: see `RuntimeConfig`. */
  constructor(runtimeConfig?: string | undefined) {
    this.#config = new RuntimeConfig({ groups: factsIndex().groups, facts: apiFacts }, runtimeConfig);
    this.#builtIn = this.#config.groups;
    this.#groups = this.#builtIn;
  }

  /** Stays the same object for as long as what is served stays the same: the key for what is made from all of it. */
  get edition(): object {
    return this.#edition;
  }

  /** Serves these custom resources, and no others, beside the built-in ones. A built-in group and version stays what it is. */
  setCustom(apis: readonly CustomApi[]): void {
    const isBuiltIn = (group: string, version: string): boolean =>
      this.#builtIn.some((one) => one.group === group && one.versions.includes(version));
    const own = apis.filter(({ facts: { group, version } }) => !isBuiltIn(group, version));
    this.#custom = new Map(own.map((api) => [`${api.facts.group}/${api.facts.version}`, api]));
    const groups = new Map(this.#builtIn.map(({ group, versions }) => [group, [...versions]]));
    for (const { facts } of own) groups.set(facts.group, [...(groups.get(facts.group) ?? []), facts.version]);
    this.#groups = [...groups].map(([group, versions]) => ({ group, versions }));
    this.#schemas.clear();
    this.#edition = {};
  }

  /** Reports whether a group has only custom resources. */
  isCustomGroup(group: string): boolean {
    return this.group(group) !== undefined && !this.#builtIn.some((one) => one.group === group);
  }

  /** All groups, the core group (an empty name) first; the preferred version of each first. */
  groups(): readonly GroupFacts[] {
    return this.#groups;
  }

  group(name: string): GroupFacts | undefined {
    return this.#groups.find((group) => group.group === name);
  }

  /** The facts of one group and version; undefined when it is not served. */
  facts(group: string, version: string): ApiFacts | undefined {
    const custom = this.#custom.get(`${group}/${version}`);
    if (custom !== undefined) return custom.facts;
    return this.group(group)?.versions.includes(version) === true ? this.#config.facts(group, version) : undefined;
  }

  /** The resources of one group and version by plural; undefined when it is not served. */
  resources(group: string, version: string): ReadonlyMap<string, ServedResource> | undefined {
    const id = `${group}/${version}`;
    const known = this.#custom.get(id)?.resources ?? this.#resources.get(id);
    if (known !== undefined) return known;
    const facts = this.facts(group, version);
    if (facts === undefined) return undefined;
    const served = new Map(facts.resources.map((resource) => [resource.plural, serve(facts, resource)]));
    this.#resources.set(id, served);
    return served;
  }

  resource(group: string, version: string, plural: string): ServedResource | undefined {
    return this.resources(group, version)?.get(plural);
  }

  /** The resource of a kind, by the `apiVersion` that objects carry. */
  resourceOfKind(apiVersion: string, kind: string): ServedResource | undefined {
    const [group, version] = splitApiVersion(apiVersion);
    for (const resource of this.resources(group, version)?.values() ?? []) {
      if (resource.kind === kind) return resource;
    }
    return undefined;
  }

  /** Every resource whose objects are kept, each once, in its preferred version. */
  storedResources(): ServedResource[] {
    const seen = new Map<string, ServedResource>();
    for (const { group, versions } of this.#groups) {
      for (const version of versions) {
        for (const resource of this.resources(group, version)?.values() ?? []) {
          if (resource.verbs.has('list') && !seen.has(resource.prefix)) seen.set(resource.prefix, resource);
        }
      }
    }
    return [...seen.values()];
  }

  /** The schema behind a reference such as `v1.PodSpec`, `apps/v1.Deployment` or `meta.ObjectMeta`. */
  resolve(ref: string): SchemaFacts | undefined {
    const known = this.#schemas.get(ref);
    if (known !== undefined) return known;
    const found = this.#lookUp(ref);
    if (found !== undefined) this.#schemas.set(ref, found);
    return found;
  }

  #lookUp(ref: string): SchemaFacts | undefined {
    const dot = ref.lastIndexOf('.');
    const owner = ref.slice(0, dot);
    const name = ref.slice(dot + 1);
    if (owner === 'meta') return ownSchema(metaFacts().schemas, name);
    const [group, version] = splitApiVersion(owner);
    // Not only what is served: kinds refer to schemas of versions that are not.
    const known = factsIndex().groups.some((one) => one.group === group && one.versions.includes(version));
    const schemas = known ? apiFacts(group, version).schemas : this.#custom.get(`${group}/${version}`)?.facts.schemas;
    return schemas === undefined ? undefined : ownSchema(schemas, name);
  }

  /** Returns the schema of a kind for the patch engines. */
  resolver(resource: ServedResource): SchemaResolver {
    const custom = resource.custom !== undefined;
    return { root: resource.schema, resolve: (ref) => this.resolve(ref), ...(custom ? { custom } : {}) };
  }
}

/** True for kinds that are only ever created, such as SubjectAccessReview. */
export function isReview(resource: ServedResource): boolean {
  return [...resource.verbs].every((verb) => reviews.has(verb));
}

/** Returns group and version of an untrusted `apiVersion`. Unlike `parseApiVersion`, does not throw. */
function splitApiVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

function ownSchema(schemas: { [name: string]: SchemaFacts }, name: string): SchemaFacts | undefined {
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined;
}

function serve(facts: ApiFacts, resource: ResourceFacts): ServedResource {
  const subresources = new Map((resource.subresources ?? []).map((sub) => [sub.name, sub]));
  const shared = sharedStorage[`${facts.group}/${resource.plural}`];
  return {
    group: facts.group,
    version: facts.version,
    apiVersion: facts.group === '' ? facts.version : `${facts.group}/${facts.version}`,
    plural: resource.plural,
    ...(facts.group === 'events.k8s.io' ? { innerGroup: '' } : {}),
    singular: resource.singular,
    kind: resource.kind,
    namespaced: resource.scope === 'Namespaced',
    verbs: new Set(resource.verbs),
    subresources,
    hasStatus: subresources.has('status'),
    schema: ownSchema(facts.schemas, resource.kind) ?? {},
    facts: resource,
    prefix:
      shared ?? (facts.group === '' ? `/registry/${resource.plural}/` : `/registry/${facts.group}/${resource.plural}/`),
  };
}
