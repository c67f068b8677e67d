import type { ApiFacts, PathFacts, ResourceFacts, SchemaFacts, SubresourceFacts } from '../../meta/index.js';
import type { JsonSchema } from '../../meta/json-schema.js';
import type { Definition, DefinitionVersion } from './definition.js';
import { storageVersionHash } from './storage-version.js';

/** In the order discovery names them. */
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const verbsWhileTerminating = ['delete', 'deletecollection', 'get', 'list', 'watch'];
const subresourceVerbs = ['get', 'patch', 'update'];

/** Keywords that have a place of their own among the facts; every other keyword is carried as it stands. */
const placed = new Set([
  'type',
  'format',
  'enum',
  'default',
  'nullable',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-validations',
]);

/** Returns the prefix of a group and version's schemas in OpenAPI: `com.example.v1` for `example.com/v1`. */
function packageOf(group: string, version: string): string {
  return [...group.split('.').reverse(), version].join('.');
}

/** The facts of a schema. Deeper than any schema that was let in nests, this ends with "anything". */
function schemaFacts(schema: JsonSchema, depth = 0): SchemaFacts {
  if (depth > 200) return {};
  const facts: SchemaFacts = {};
  const type = schema.type as SchemaFacts['type'];
  if (type !== undefined) facts.type = type;
  if (schema.format !== undefined) facts.format = schema.format;
  if (schema.enum !== undefined) facts.enum = [...schema.enum] as NonNullable<SchemaFacts['enum']>;
  if (schema.default !== undefined) facts.default = schema.default;
  if (schema.nullable === true) facts.nullable = true;
  if (schema.required !== undefined) facts.required = [...schema.required];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  if (schema.properties !== undefined || embedded) facts.properties = propertyFacts(schema, embedded, depth);
  const { additionalProperties: values, items } = schema;
  if (values !== undefined) facts.additional = typeof values === 'object' ? schemaFacts(values, depth + 1) : values;
  if (items !== undefined) facts.items = schemaFacts(items, depth + 1);
  addExtensions(facts, schema);
  const other = Object.entries(schema).filter(([keyword]) => !placed.has(keyword));
  if (other.length > 0) facts.other = Object.fromEntries(other);
  return facts;
}

function propertyFacts(schema: JsonSchema, embedded: boolean, depth: number): { [name: string]: SchemaFacts } {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, schemaFacts(property, depth + 1)] as const,
  );
  const all = embedded
    ? [...properties.filter(([name]) => !(name in objectFields)), ...Object.entries(objectFields)]
    : properties;
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The fields of every object beside those of its schema. */
const objectFields: { readonly [name: string]: SchemaFacts } = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { ref: 'meta.ObjectMeta' },
};

function addExtensions(facts: SchemaFacts, schema: JsonSchema): void {
  const listType = schema['x-kubernetes-list-type'];
  const listMapKeys = schema['x-kubernetes-list-map-keys'];
  const mapType = schema['x-kubernetes-map-type'];
  const validations = schema['x-kubernetes-validations'];
  if (listType !== undefined) facts.listType = listType;
  if (listMapKeys !== undefined) facts.listMapKeys = [...listMapKeys];
  if (mapType !== undefined) facts.mapType = mapType;
  if (schema['x-kubernetes-int-or-string'] === true) facts.intOrString = true;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) facts.preserveUnknown = true;
  if (schema['x-kubernetes-embedded-resource'] === true) facts.embeddedResource = true;
  if (validations !== undefined) facts.validations = validations;
}

/** The schema of a custom resource's whole object. */
export function rootFacts(definition: Definition, version: DefinitionVersion): SchemaFacts {
  const own = schemaFacts({ ...version.schema, 'x-kubernetes-embedded-resource': true });
  const { embeddedResource: _embedded, ...facts } = own;
  return { ...facts, type: 'object', gvk: [`${definition.group}/${version.name}/${definition.names.kind}`] };
}

/** Returns the discovery of a custom resource. */
export function resourceFacts(definition: Definition, version: DefinitionVersion): ResourceFacts {
  const { accepted, group, terminating, namespaced } = definition;
  const storage = definition.versions.find((one) => one.storage)?.name ?? version.name;
  const subresources = subresourcesOf(definition, version);
  return {
    plural: accepted.plural,
    singular: accepted.singular,
    kind: accepted.kind,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    verbs: terminating ? verbsWhileTerminating : verbs,
    ...(accepted.shortNames.length === 0 ? {} : { shortNames: [...accepted.shortNames] }),
    ...(accepted.categories.length === 0 ? {} : { categories: [...accepted.categories] }),
    storageVersionHash: storageVersionHash(group, storage, accepted.kind),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function subresourcesOf({ accepted }: Definition, version: DefinitionVersion): SubresourceFacts[] {
  const found: SubresourceFacts[] = [];
  if (version.hasStatus) found.push({ name: 'status', kind: accepted.kind, verbs: subresourceVerbs });
  if (version.scale !== undefined) {
    found.push({ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: subresourceVerbs });
  }
  return found;
}

/** The facts of one group and version of custom resources, as codegen would draw them from the OpenAPI of a server that has them. */
export function apiFactsOf(
  group: string,
  version: string,
  kinds: readonly { definition: Definition; version: DefinitionVersion; schema: SchemaFacts }[],
): ApiFacts {
  const facts: ApiFacts = {
    group,
    version,
    package: packageOf(group, version),
    resources: [],
    paths: { [`/apis/${group}/${version}/`]: { get: { returns: 'meta.APIResourceList' } } },
    schemas: {},
  };
  for (const { definition, version: served, schema } of kinds) {
    const { kind, listKind } = definition.names;
    facts.resources.push(resourceFacts(definition, served));
    facts.schemas[kind] = schema;
    facts.schemas[listKind] = listFacts(group, version, kind, listKind);
    Object.assign(facts.paths, pathsOf(definition, served));
  }
  return facts;
}

function listFacts(group: string, version: string, kind: string, listKind: string): SchemaFacts {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { ref: `${group}/${version}.${kind}` } },
      kind: { type: 'string' },
      metadata: { ref: 'meta.ListMeta' },
    },
    gvk: [`${group}/${version}/${listKind}`],
  };
}

function pathsOf(definition: Definition, version: DefinitionVersion): { [path: string]: PathFacts } {
  const { group, names, namespaced } = definition;
  const kind = `${group}/${version.name}/${names.kind}`;
  const returns = `${group}/${version.name}.${names.listKind}`;
  const listed = names.listKind === `${names.kind}List` ? {} : { returns };
  const root = `/apis/${group}/${version.name}`;
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${names.plural}`;
  const paths: { [path: string]: PathFacts } = {};
  if (namespaced) paths[`${root}/${names.plural}`] = { get: { action: 'list', kind, ...listed } };
  paths[collection] = {
    get: { action: 'list', kind, ...listed },
    post: { action: 'post', kind },
    delete: { action: 'deletecollection', kind },
  };
  const object = (of: string): PathFacts => ({
    get: { action: 'get', kind: of },
    put: { action: 'put', kind: of },
    patch: { action: 'patch', kind: of },
  });
  paths[`${collection}/{name}`] = { ...object(kind), delete: { action: 'delete', kind } };
  if (version.scale !== undefined) paths[`${collection}/{name}/scale`] = object('autoscaling/v1/Scale');
  if (version.hasStatus) paths[`${collection}/{name}/status`] = object(kind);
  return paths;
}
