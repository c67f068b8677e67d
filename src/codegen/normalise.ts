import type { ApiFacts, FactsIndex, GroupFacts, PathFacts, PlumbingFacts, SchemaFacts } from '../meta/api-facts.js';
import { compareVersions } from '../meta/version-order.js';
import { type ApiSource, CodegenError, type GroupVersionDocument, type PlumbingDocument } from './api-source.js';
import { groupVersion, type OpenApiDocument, operations } from './document.js';
import { type ApiModel, splitRef } from './model.js';
import { Ownership } from './module-ownership.js';
import { pathFacts, plumbingFacts } from './path-facts.js';
import { resourceFacts, resourcesFromPaths } from './resource-facts.js';
import { schemaFacts } from './schema-facts.js';

/** Turns OpenAPI documents and discovery into facts: every schema once, where it belongs, in the order of discovery. */
export function normalise(source: ApiSource): ApiModel {
  for (const { group, version } of source.documents) checkNames(group, version);
  const ownership = new Ownership(source);
  const documents = inDiscoveryOrder({ ...source, documents: [...source.documents, ...missing(source, ownership)] });
  const refs = new Map<string, string>();
  const taken = new Set<string>();
  const refOf = (fullName: string): string => {
    const known = refs.get(fullName);
    if (known !== undefined) return known;
    const { place, name } = ownership.of(fullName);
    const short = `${place}.${name}`;
    const ref = taken.has(short) ? `${place}.${fullName.replaceAll('.', '_')}` : short;
    taken.add(ref);
    refs.set(fullName, ref);
    return ref;
  };
  const model: ApiModel = {
    index: { title: source.title, version: source.version, groups: groupsOf(documents), plumbing: {} },
    meta: { package: ownership.mainPackage('meta'), schemas: {} },
    apis: documents.map(({ group, version }) => ({
      group,
      version,
      package: ownership.mainPackage(groupVersion(group, version)),
      resources: [],
      paths: {},
      schemas: {},
    })),
    sources: new Map(),
    refs,
    schemas: new Map(),
    descriptions: new WeakMap(),
  };
  for (const { group, version, document } of documents) {
    collectSchemas(model, ownership, document, groupVersion(group, version), refOf);
  }
  // A server may have documents of its own kind here; those that speak of nothing known are of no use to anybody.
  const plumbing = (source.plumbing ?? []).filter(({ document }) =>
    Object.keys(document.components?.schemas ?? {}).every((fullName) => ownership.knows(fullName)),
  );
  for (const { document } of plumbing) collectSchemas(model, ownership, document, '', refOf);
  model.index.plumbing = plumbingOf(plumbing, refOf);
  placeSchemas(model, ownership);
  model.apis.forEach((api, at) => {
    const document = documents[at]?.document ?? {};
    const paths = Object.entries(document.paths ?? {}).map(([path, item]): [string, PathFacts] => [
      path,
      pathFacts(item, refOf),
    ]);
    api.paths = Object.fromEntries(paths);
    api.resources = resourcesOf(api, source, document);
  });
  return model;
}

function plumbingOf(
  plumbing: readonly PlumbingDocument[],
  refOf: (fullName: string) => string,
): FactsIndex['plumbing'] {
  const facts: [string, PlumbingFacts][] = [];
  for (const { place, document } of plumbing) {
    const found = plumbingFacts(document, refOf);
    if (found !== undefined) facts.push([place, found]);
  }
  return Object.fromEntries(facts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Groups and versions become folders and files, so they must be what the API allows them to be. */
function checkNames(group: string, version: string): void {
  const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
  if (group === '' || (group.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`).test(group))) {
    if (version.length <= 63 && new RegExp(`^${label}$`).test(version)) return;
  }
  throw new CodegenError(`${JSON.stringify(groupVersion(group, version))} is no name of an API group and version`);
}

function collectSchemas(
  model: ApiModel,
  ownership: Ownership,
  document: OpenApiDocument,
  own: string,
  refOf: (fullName: string) => string,
): void {
  for (const [fullName, schema] of Object.entries(document.components?.schemas ?? {})) {
    const ref = refOf(fullName);
    const facts = schemaFacts(schema, { refOf, groupVersion: own, descriptions: model.descriptions });
    const known = model.schemas.get(ref);
    if (known === undefined) {
      model.schemas.set(ref, facts);
      model.sources.set(ref, schema);
      const { place, package: pack, name } = ownership.of(fullName);
      if (pack !== ownership.mainPackage(place)) facts.package = pack;
      if (name !== splitRef(ref).name) facts.name = name;
    } else if (facts.gvk?.some((gvk) => gvk.startsWith('*/'))) {
      // The core document cannot tell its own group and version from everybody's.
      known.gvk = facts.gvk;
    }
  }
}

/** An empty document for every group and version that owns a schema of another's document but has none itself. */
function missing(source: ApiSource, ownership: Ownership): GroupVersionDocument[] {
  const places = new Set(source.documents.map(({ group, version }) => groupVersion(group, version)));
  const found: GroupVersionDocument[] = [];
  for (const place of ownership.places()) {
    if (places.has(place)) continue;
    const slash = place.indexOf('/');
    const group = slash < 0 ? '' : place.slice(0, slash);
    found.push({ group, version: place.slice(slash + 1), document: {} });
  }
  return found;
}

/** Puts every schema under its owner, by name. */
function placeSchemas(model: ApiModel, ownership: Ownership): void {
  const shelves = new Map<string, [string, SchemaFacts][]>();
  for (const [ref, facts] of model.schemas) {
    const { place, name } = splitRef(ref);
    shelves.set(place, [...(shelves.get(place) ?? []), [name, facts]]);
  }
  const sorted = (place: string) =>
    Object.fromEntries((shelves.get(place) ?? []).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  model.meta.schemas = sorted('meta');
  for (const api of model.apis) {
    const place = groupVersion(api.group, api.version);
    api.package = ownership.mainPackage(place);
    api.schemas = sorted(place);
  }
}

function resourcesOf(api: ApiFacts, source: ApiSource, document: OpenApiDocument): ApiFacts['resources'] {
  const group = source.discovery?.find(({ metadata }) => (metadata?.name ?? '') === api.group);
  const discovered = group?.versions?.find(({ version }) => version === api.version);
  if (discovered !== undefined) return resourceFacts(api.group, api.version, discovered);
  return resourcesFromPaths(api.group, api.version, api.paths, (path) => {
    const item = document.paths?.[path];
    const own = operations(item ?? {}).flatMap(([, operation]) => operation.parameters ?? []);
    return [...(item?.parameters ?? []), ...own].some(({ name }) => name === 'watch');
  });
}

/** Core first, then as discovery has it; groups it does not list follow by name, their versions by rank. */
function inDiscoveryOrder(source: ApiSource): GroupVersionDocument[] {
  const rank = new Map<string, number>();
  for (const { metadata, versions } of source.discovery ?? []) {
    for (const { version } of versions ?? []) rank.set(groupVersion(metadata?.name ?? '', version), rank.size);
  }
  const rankOf = ({ group, version }: GroupVersionDocument) => rank.get(groupVersion(group, version)) ?? rank.size;
  return source.documents.toSorted((a, b) => {
    if (a.group === '' || b.group === '') return a.group === b.group ? rankOf(a) - rankOf(b) : a.group === '' ? -1 : 1;
    if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
    return a.group === b.group ? compareVersions(a.version, b.version) : a.group < b.group ? -1 : 1;
  });
}

function groupsOf(documents: readonly GroupVersionDocument[]): GroupFacts[] {
  const groups = new Map<string, string[]>();
  for (const { group, version } of documents) groups.set(group, [...(groups.get(group) ?? []), version]);
  return [...groups].map(([group, versions]) => ({ group, versions }));
}
