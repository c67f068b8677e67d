import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { compareVersions } from '../meta/version-order.js';
import {
  type ApiSource,
  CodegenError,
  type DiscoveryGroup,
  type DiscoveryResource,
  type DiscoverySubresource,
  type GroupVersionDocument,
} from './api-source.js';
import type { OpenApiDocument, OpenApiSchema } from './document.js';

/** A CustomResourceDefinition of `apiextensions.k8s.io/v1`, as far as this generator reads one. */
export interface CustomResourceDefinition {
  apiVersion: string;
  kind: string;
  metadata?: { name?: string };
  spec?: {
    group?: string;
    scope?: string;
    names?: {
      kind?: string;
      plural?: string;
      singular?: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions?: CrdVersion[];
  };
}

interface CrdVersion {
  name: string;
  served?: boolean;
  schema?: { openAPIV3Schema?: OpenApiSchema };
  subresources?: { status?: object; scale?: object };
}

const MAX_DEPTH = 100;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/**
 * Reads CustomResourceDefinitions from a file (YAML of one or many documents, or JSON; a List counts as its items) or
 * from all such files of a folder. Documents of other kinds are left alone.
 *
 * Throws a `CodegenError` where a file cannot be parsed, holds a definition of another version than
 * `apiextensions.k8s.io/v1`, or nothing is found.
 */
export async function sourceFromCrds(path: string): Promise<ApiSource> {
  const found: CustomResourceDefinition[] = [];
  for (const file of await filesOf(path)) found.push(...(await definitionsIn(file)));
  if (found.length === 0) throw new CodegenError(`No CustomResourceDefinition in ${path}`);
  return sourceFromDefinitions(found);
}

/** Returns the OpenAPI document and the discovery that a server with these definitions would serve. */
export function sourceFromDefinitions(definitions: readonly CustomResourceDefinition[]): ApiSource {
  const places = new Map<
    string,
    { group: string; version: string; schemas: [string, OpenApiSchema][]; resources: DiscoveryResource[] }
  >();
  for (const definition of definitions) {
    const { group, kind, plural } = namesOf(definition);
    for (const version of definition.spec?.versions ?? []) {
      if (version.served === false) continue;
      const key = `${group}/${version.name}`;
      const place = places.get(key) ?? { group, version: version.name, schemas: [], resources: [] };
      places.set(key, place);
      place.schemas.push(...schemasOf(definition, version, group, kind));
      place.resources.push(resourceOf(definition, version, kind, plural));
    }
  }
  const ordered = [...places.values()].sort((a, b) =>
    a.group === b.group ? compareVersions(a.version, b.version) : a.group < b.group ? -1 : 1,
  );
  const documents: GroupVersionDocument[] = [];
  const groups = new Map<string, DiscoveryGroup>();
  for (const { group, version, schemas, resources } of ordered) {
    const document: OpenApiDocument = { components: { schemas: Object.fromEntries(schemas) } };
    documents.push({ group, version, document });
    const item = groups.get(group) ?? { metadata: { name: group }, versions: [] };
    groups.set(group, item);
    item.versions?.push({ version, resources: resources.sort((a, b) => (a.resource < b.resource ? -1 : 1)) });
  }
  return { title: 'CustomResourceDefinitions', version: '', documents, discovery: [...groups.values()] };
}

function namesOf({ metadata, spec }: CustomResourceDefinition): { group: string; kind: string; plural: string } {
  const { group, names: { kind, plural } = {} } = spec ?? {};
  if (group === undefined || kind === undefined || plural === undefined) {
    const name = metadata?.name ?? 'without a name';
    throw new CodegenError(
      `The CustomResourceDefinition ${name} lacks spec.group, spec.names.kind or spec.names.plural`,
    );
  }
  return { group, kind, plural };
}

/** The kind and its list, under the names a server gives them: the group backwards, the version, the kind. */
function schemasOf(
  { spec }: CustomResourceDefinition,
  version: CrdVersion,
  group: string,
  kind: string,
): [string, OpenApiSchema][] {
  const pack = `${group.split('.').reverse().join('.')}.${version.name}`;
  const listKind = spec?.names?.listKind ?? `${kind}List`;
  const own = sorted(
    version.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  );
  const gvk = (name: string) => ({ 'x-kubernetes-group-version-kind': [{ group, version: version.name, kind: name }] });
  const string = { type: 'string' };
  const meta = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${META}.${name}` }] });
  const described = (name: string) => {
    const description = own.properties?.[name]?.description;
    return description === undefined ? {} : { description };
  };
  const properties = {
    ...own.properties,
    apiVersion: { ...string, ...described('apiVersion') },
    kind: { ...string, ...described('kind') },
    metadata: { ...meta('ObjectMeta'), ...described('metadata') },
  };
  const list: OpenApiSchema = {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: string,
      items: { type: 'array', items: { $ref: `#/components/schemas/${pack}.${kind}` } },
      kind: string,
      metadata: meta('ListMeta'),
    },
    ...gvk(listKind),
  };
  return [
    [`${pack}.${kind}`, { ...own, type: 'object', properties: byKey(properties), ...gvk(kind) }],
    [`${pack}.${listKind}`, list],
  ];
}

function resourceOf(
  { spec }: CustomResourceDefinition,
  version: CrdVersion,
  kind: string,
  plural: string,
): DiscoveryResource {
  const { names, scope } = spec ?? {};
  const subresources: DiscoverySubresource[] = [];
  const verbs = ['get', 'patch', 'update'];
  if (version.subresources?.scale !== undefined) {
    const responseKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    subresources.push({ subresource: 'scale', responseKind, verbs });
  }
  if (version.subresources?.status !== undefined) {
    subresources.push({ subresource: 'status', responseKind: { kind }, verbs });
  }
  return {
    resource: plural,
    responseKind: { kind },
    scope: scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    singularResource: names?.singular ?? kind.toLowerCase(),
    verbs: VERBS,
    ...(names?.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names?.categories === undefined ? {} : { categories: names.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** A schema with its properties by name, as a server serves it whatever order the author wrote. */
function sorted(schema: OpenApiSchema, depth = 0): OpenApiSchema {
  if (depth > MAX_DEPTH) throw new CodegenError(`The schema of a definition nests more than ${MAX_DEPTH} levels deep`);
  const inner = (child: OpenApiSchema) => sorted(child, depth + 1);
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: byKey(
            Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, inner(child)])),
          ),
        }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: inner(additionalProperties) } : {}),
  };
}

function byKey<T>(fields: { [key: string]: T }): { [key: string]: T } {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function definitionsIn(file: string): Promise<CustomResourceDefinition[]> {
  const { parseAllDocuments } = await import('yaml');
  // JSON is YAML; one parser reads both.
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const found: CustomResourceDefinition[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new CodegenError(`Cannot read ${file}: ${error.message}`, { cause: error });
    found.push(...definitions(contentOf(document, file), file));
  }
  return found;
}

/** Aliases are bounded: a few bytes of YAML must not become gigabytes of objects. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new CodegenError(`Cannot read ${file}`, { cause });
  }
}

function definitions(value: unknown, file: string): CustomResourceDefinition[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('items' in value && Array.isArray(value.items)) return value.items.flatMap((item) => definitions(item, file));
  if (!('kind' in value) || value.kind !== 'CustomResourceDefinition') return [];
  const definition = value as CustomResourceDefinition;
  if (definition.apiVersion !== 'apiextensions.k8s.io/v1') {
    throw new CodegenError(
      `${file} holds a CustomResourceDefinition of ${definition.apiVersion}; convert it to apiextensions.k8s.io/v1 first`,
    );
  }
  return [definition];
}
