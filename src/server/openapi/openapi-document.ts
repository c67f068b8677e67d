import { impliedReturn, schemaOfKind } from '../../meta/api-actions.js';
import type { ActionFacts, ApiFacts, FactsIndex, MetaFacts, SchemaFacts } from '../../meta/api-facts.js';
import { describeSchema } from '../../meta/descriptions/describe-schema.js';
import { openApiOperation, plumbingOperation } from './operation.js';
import { parametersOf } from './parameters.js';
import { type FullName, openApiSchema } from './schema.js';

/** Finds the facts of a place: `v1`, `apps/v1`, or `meta` for what all groups share. Undefined where there are none. */
export type LoadFacts = (place: string) => Promise<ApiFacts | MetaFacts | undefined> | ApiFacts | MetaFacts | undefined;

/** An OpenAPI v3 document as plain data. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: { [path: string]: object };
  components: { schemas?: { [name: string]: object }; securitySchemes: object };
}

/**
 * The OpenAPI v3 document of one group and version, as `/openapi/v3/apis/<group>/<version>` serves it: its paths, and
 * every schema they lead to, those of other groups and of the shared machinery included. Described is what all objects have.
 *
 * `custom` says that the resources are custom ones, which have other media types. Throws where the facts refer to a schema that `load`
 * cannot find.
 */
export async function openApiDocument(
  api: ApiFacts,
  index: Pick<FactsIndex, 'title' | 'version'>,
  load: LoadFacts,
  custom = false,
): Promise<OpenApiDocument> {
  const groupVersion = api.group === '' ? api.version : `${api.group}/${api.version}`;
  const found = await reachable(referencesOfPaths(api), async (place) => (place === groupVersion ? api : load(place)));
  const fullName = namer(found, groupVersion);
  const paths = Object.entries(api.paths).map(([path, methods]) => {
    const { shared, own } = parametersOf(path, methods);
    const operations = Object.entries(methods).map(([method, facts]) => [
      method,
      openApiOperation(api, path, method, facts, own.get(method), fullName, custom),
    ]);
    return [path, { ...Object.fromEntries(operations), ...(shared.length > 0 ? { parameters: shared } : {}) }];
  });
  return whole(index, Object.fromEntries(paths), componentsOf(found, fullName, groupVersion));
}

/**
 * The OpenAPI v3 document of no group and version at a place below `/openapi/v3/`, such as `version` or `apis/apps`;
 * undefined where the index knows none there.
 */
export async function plumbingDocument(
  place: string,
  index: FactsIndex,
  load: LoadFacts,
): Promise<OpenApiDocument | undefined> {
  const facts = Object.hasOwn(index.plumbing, place) ? index.plumbing[place] : undefined;
  if (facts === undefined) return undefined;
  const found = await reachable(facts.returns.includes('.') ? [facts.returns] : [], load);
  const fullName = namer(found, place);
  const paths = { [facts.path]: { get: plumbingOperation(facts, fullName) } };
  return whole(index, paths, componentsOf(found, fullName, ''));
}

function whole(
  { title, version }: Pick<FactsIndex, 'title' | 'version'>,
  paths: { [path: string]: object },
  schemas: { [name: string]: object },
): OpenApiDocument {
  const described = Object.keys(schemas).length > 0 ? { schemas } : {};
  const components = { ...described, securitySchemes: SECURITY };
  return { openapi: '3.0.0', info: { title, version }, paths, components };
}

/** The full names of what was found. */
function namer(found: ReadonlyMap<string, Found>, document: string): FullName {
  return (ref) => {
    const schema = found.get(ref);
    if (schema === undefined) throw new Error(`The facts of ${document} refer to ${ref}, which is nowhere`);
    return schema.fullName;
  };
}

function componentsOf(found: ReadonlyMap<string, Found>, fullName: FullName, groupVersion: string) {
  const sorted = [...found.values()].sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
  return Object.fromEntries(
    sorted.map(({ fullName: name, facts }) => [
      name,
      describeSchema(name, openApiSchema(facts, fullName, groupVersion)),
    ]),
  );
}

/** The security scheme of every document: a bearer token in the `authorization` header. */
const SECURITY = {
  BearerToken: { type: 'apiKey', description: 'Bearer token', name: 'authorization', in: 'header' },
};

interface Found {
  fullName: string;
  facts: SchemaFacts;
}

/** Every schema these references lead to, by reference. */
async function reachable(from: readonly string[], load: LoadFacts): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const open = [...from];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (found.has(ref)) continue;
    const dot = ref.lastIndexOf('.');
    const name = ref.slice(dot + 1);
    const home = await load(ref.slice(0, dot));
    const facts = home !== undefined && Object.hasOwn(home.schemas, name) ? home.schemas[name] : undefined;
    if (home === undefined || facts === undefined) continue;
    found.set(ref, { fullName: fullNameOf(home, name, facts), facts });
    open.push(...referencesOf(facts));
  }
  return found;
}

/** The references the operations on all paths make. */
function referencesOfPaths(api: ApiFacts): string[] {
  return Object.values(api.paths).flatMap((methods) => Object.values(methods).flatMap(referencesOfAction));
}

function referencesOfAction(facts: ActionFacts): string[] {
  const { action, kind } = facts;
  const refs = [facts.returns ?? impliedReturn(facts)];
  if (action === 'patch') refs.push('meta.Patch');
  if (action === 'delete' || action === 'deletecollection') refs.push('meta.DeleteOptions');
  if ((action === 'post' || action === 'put') && kind !== undefined) refs.push(schemaOfKind(kind));
  return refs.filter((ref): ref is string => ref?.includes('.') === true);
}

function referencesOf(facts: SchemaFacts): string[] {
  const inner = [...Object.values(facts.properties ?? {}), facts.items, facts.additional];
  const refs = inner.flatMap((child) => (typeof child === 'object' ? referencesOf(child) : []));
  return facts.ref === undefined ? refs : [facts.ref, ...refs];
}

function fullNameOf(home: ApiFacts | MetaFacts, name: string, facts: SchemaFacts): string {
  return `${facts.package ?? home.package}.${facts.name ?? name}`;
}
