import type { JsonSchema } from '../../meta/json-schema.js';
import { copy, isObject, type JsonObject, nestsWithin } from '../../util/json-value.js';
import type { Column } from '../object/column.js';
import type { CustomKind, ScalePaths, ServedResource, Strategy } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest } from '../object/status-error.js';
import { coerceMetadata } from './coerce-metadata.js';
import type { ConversionWebhook } from './conversion-webhook.js';
import { columnsOf } from './custom-columns.js';
import { resourceFacts, rootFacts } from './custom-facts.js';
import { customStrategy } from './custom-strategy.js';
import { applyDefaults } from './defaulting.js';
import type { Definition, DefinitionVersion } from './definition.js';
import { prune } from './pruning.js';
import type { RuleChecker } from './rule-checker.js';

/** A version of a custom resource: the part that built-in resources do not have. It is made again when its definition changes. */
export class DefinedKind implements CustomKind {
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  readonly scale: ScalePaths | undefined;
  /** The warning for clients of a deprecated version. */
  readonly warning: string | undefined;
  readonly listKind: string;
  readonly #apiVersion: string;
  readonly #storageApiVersion: string;
  readonly #schema: JsonSchema;
  readonly #storageSchema: JsonSchema;
  /** The schemas of all versions, by `apiVersion`: objects may have been stored as any of them. */
  readonly #schemas: ReadonlyMap<string, JsonSchema>;
  /** Objects as this version shows them, by their stored bytes, where a webhook had to be asked. */
  readonly #shown = new WeakMap<Uint8Array, ServerObject>();
  /** Objects as they are kept, where a webhook had to be asked. */
  readonly #kept = new WeakMap<ServerObject, ServerObject>();

  /** `ended` aborts when this definition of the kind is replaced: watches end then. */
  constructor(
    definition: Definition,
    version: DefinitionVersion,
    storage: DefinitionVersion,
    readonly ended: AbortSignal,
    isTerminating: () => boolean,
    rules: RuleChecker | undefined,
    private readonly conversion?: ConversionWebhook | undefined,
  ) {
    const apiVersionOf = ({ name }: DefinitionVersion): string => `${definition.group}/${name}`;
    this.#apiVersion = apiVersionOf(version);
    this.#storageApiVersion = apiVersionOf(storage);
    this.#schemas = new Map(definition.versions.map((one) => [apiVersionOf(one), one.schema]));
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

  /** True if a webhook converts the objects. It must be called before they are read or written. */
  get asksToConvert(): boolean {
    return this.conversion !== undefined;
  }

  /**
   * Has objects converted that are stored in another version, so that `fromStored` can show them. Each comes with its stored bytes. Throws the 500
   * Status of a webhook that cannot do it.
   */
  async prepareToShow(stored: readonly { readonly object: ServerObject; readonly bytes: Uint8Array }[]): Promise<void> {
    const open = stored.filter(({ object, bytes }) => this.#isOther(object) && !this.#shown.has(bytes));
    const shown = await this.conversion?.convert(
      open.map(({ object }) => this.#asStored(object)),
      this.#apiVersion,
    );
    for (const [index, object] of (shown ?? []).entries()) {
      const bytes = open[index]?.bytes;
      prune(object, this.#schema);
      if (bytes !== undefined) this.#shown.set(bytes, object);
    }
  }

  /** The same for an object that is going to be written: `toStored` needs it. */
  async prepareToKeep(object: ServerObject): Promise<void> {
    if (this.#apiVersion === this.#storageApiVersion || this.#kept.has(object)) return;
    const [kept] = (await this.conversion?.convert([object], this.#storageApiVersion)) ?? [];
    if (kept !== undefined) this.#kept.set(object, kept);
  }

  /** The object as this version shows it, made of what is kept, which says in which version it is. Changes `object` in place. */
  fromStored(object: ServerObject, bytes: Uint8Array): ServerObject {
    if (this.conversion !== undefined && this.#isOther(object)) {
      const shown = this.#shown.get(bytes);
      if (shown === undefined) throw new Error(`an object in ${object.apiVersion} is read before it is converted`);
      const { resourceVersion } = object.metadata;
      return { ...copy(shown), metadata: { ...copy(shown.metadata), resourceVersion } };
    }
    const schema = this.#schemaOf(object);
    this.#asStored(object);
    object.apiVersion = this.#apiVersion;
    if (this.#schema !== schema) prune(object, this.#schema);
    return object;
  }

  /** The object as it is kept: what the storage version does not know is lost. */
  toStored(object: ServerObject): ServerObject {
    if (this.#apiVersion === this.#storageApiVersion) return object;
    const kept = this.#kept.get(object);
    if (kept !== undefined) return kept;
    if (this.conversion !== undefined)
      throw new Error(`an object in ${object.apiVersion} is kept before it is converted`);
    const other = { ...copy(object), apiVersion: this.#storageApiVersion };
    prune(other, this.#storageSchema);
    return other;
  }

  #isOther({ apiVersion }: ServerObject): boolean {
    return apiVersion !== this.#apiVersion;
  }

  /** Returns the form that is stored, by the schema of the storage version. */
  #asStored(object: ServerObject): ServerObject {
    const schema = this.#schemaOf(object);
    prune(object, schema);
    applyDefaults(object, schema);
    return object;
  }

  #schemaOf({ apiVersion = '' }: ServerObject): JsonSchema {
    return this.#schemas.get(apiVersion) ?? this.#storageSchema;
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
