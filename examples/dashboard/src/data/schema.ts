import type { ClusterApi } from './api.js';

/** A schema of the server's OpenAPI document, as far as the editor reads it. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

interface OpenApi {
  readonly components?: { readonly schemas?: { readonly [name: string]: Schema } };
}

/** Finds the schema at a path of a kind, such as `['spec', 'replicas']`. A path to a list leads to its items. */
export type SchemaFinder = (path: readonly string[]) => Schema | undefined;

/** The schemas of a cluster's kinds. Documents are read once, when a kind of theirs is edited. */
export class Schemas {
  readonly #api: ClusterApi;
  readonly #documents = new Map<string, Promise<OpenApi>>();

  constructor(api: ClusterApi) {
    this.#api = api;
  }

  /** Returns the finder for a kind, or undefined if the document does not have it. */
  async of(apiVersion: string, kind: string): Promise<SchemaFinder | undefined> {
    const document = await this.#document(apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);
    const schemas = document.components?.schemas ?? {};
    const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const root = Object.values(schemas).find((schema) =>
      schema['x-kubernetes-group-version-kind']?.some(
        (one) => one.group === group && one.version === version && one.kind === kind,
      ),
    );
    if (root === undefined) return undefined;
    return (path) => {
      let schema: Schema | undefined = resolved(root, schemas);
      for (const key of path) {
        const next: Schema | undefined =
          schema?.properties?.[key] ??
          (typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined);
        if (next === undefined) return undefined;
        schema = resolved(next, schemas);
        if (schema.items !== undefined) schema = ofItems(schema, resolved(schema.items, schemas));
      }
      return schema;
    };
  }

  #document(path: string): Promise<OpenApi> {
    const known = this.#documents.get(path);
    if (known !== undefined) return known;
    const read = this.#api.json<OpenApi>(`/openapi/v3/${path}`);
    this.#documents.set(path, read);
    read.catch(() => this.#documents.delete(path));
    return read;
  }
}

/** Returns the schema of a list's items, with the description of the list. */
function ofItems(list: Schema, items: Schema): Schema {
  return {
    ...items,
    type: `list of ${items.type ?? 'object'}`,
    description: list.description ?? items.description ?? '',
  };
}

/** Follows references. The description of the place goes before that of the type. */
function resolved(schema: Schema, schemas: { readonly [name: string]: Schema }): Schema {
  const ref = schema.$ref ?? schema.allOf?.find((one) => one.$ref !== undefined)?.$ref;
  if (ref === undefined) return schema;
  const target = schemas[ref.slice(ref.lastIndexOf('/') + 1)] ?? {};
  return { ...target, ...(schema.description === undefined ? {} : { description: schema.description }) };
}
