import { copy, isObject, type JsonObject, nestsWithin } from '../patch/json-value.js';
import type { ServerObject } from '../registry/stored.js';
import type { ServedResource } from '../scheme/resource.js';
import { badRequest } from '../status-error.js';
import type { Strategy } from '../strategy/strategy.js';
import type { Column } from '../table/column.js';
import { columnsOf } from './columns.js';
import type { RuleChecker } from './custom-strategy.js';
import { customStrategy } from './custom-strategy.js';
import { applyDefaults } from './defaulting.js';
import type { Definition, DefinitionVersion, ScalePaths } from './definition.js';
import { resourceFacts, rootFacts } from './facts.js';
import type { JsonSchema } from './json-schema.js';
import { coerceMetadata } from './object-meta.js';
import { prune } from './pruning.js';

/** What a custom resource in one version has beyond what every served resource has. Made anew when its definition changes. */
export class CustomKind {
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  readonly scale: ScalePaths | undefined;
  /** What clients of a deprecated version are warned with. */
  readonly warning: string | undefined;
  readonly listKind: string;
  readonly #schema: JsonSchema;
  readonly #storageSchema: JsonSchema;

  /** `ended` aborts when this is no longer how the kind is served: watches end then. */
  constructor(
    definition: Definition,
    version: DefinitionVersion,
    storage: DefinitionVersion,
    readonly ended: AbortSignal,
    isTerminating: () => boolean,
    rules: RuleChecker | undefined,
  ) {
    this.strategy = customStrategy(definition, version, isTerminating, rules);
    this.columns = columnsOf(version.columns);
    this.scale = version.scale;
    this.warning = version.warning;
    this.listKind = definition.names.listKind;
    this.#schema = version.schema;
    this.#storageSchema = storage.schema;
  }

  /**
   * A JSON object as an object of this kind: with its defaults, without what the schema does not know, which is named in
   * `strict`. Kind and apiVersion stay what the object says. Throws the 400 of metadata that is none.
   */
  decode(value: JsonObject, strict: string[]): ServerObject {
    if (!nestsWithin(value)) throw badRequest('exceeded max depth');
    const object = copy(value);
    const unknown = [...coerceMetadata(object, this.#schema), ...prune(object, this.#schema)];
    strict.push(...unknown.map((path) => `unknown field "${path}"`));
    applyDefaults(object, this.#schema);
    const { metadata } = object;
    return { ...object, metadata: isObject(metadata) ? metadata : {} };
  }

  /** The object as this version shows it, made of what is kept. Changes `object` in place. */
  fromStored(object: ServerObject): ServerObject {
    prune(object, this.#storageSchema);
    applyDefaults(object, this.#storageSchema);
    if (this.#schema !== this.#storageSchema) prune(object, this.#schema);
    return object;
  }

  /** The object as it is kept: what the storage version does not know is lost. */
  toStored(object: ServerObject): ServerObject {
    if (this.#schema === this.#storageSchema) return object;
    const kept = copy(object);
    prune(kept, this.#storageSchema);
    return kept;
  }
}

/** One version of a definition as a resource of the registry. */
export function customResource(definition: Definition, version: DefinitionVersion, custom: CustomKind): ServedResource {
  const { group, names, namespaced } = definition;
  const facts = resourceFacts(definition, version);
  return {
    group,
    version: version.name,
    apiVersion: `${group}/${version.name}`,
    plural: names.plural,
    singular: names.singular,
    kind: names.kind,
    namespaced,
    verbs: new Set(['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']),
    subresources: new Map((facts.subresources ?? []).map((sub) => [sub.name, sub])),
    hasStatus: version.hasStatus,
    schema: rootFacts(definition, version),
    facts,
    prefix: `/registry/${group}/${names.plural}/`,
    custom,
  };
}
