import { impliedQuery, impliedReturn } from '../meta/api-actions.js';
import type { ActionFacts, PathFacts, PlumbingFacts } from '../meta/api-facts.js';
import { type Content, gvkText, type OpenApiDocument, type Operation, operations, type PathItem } from './document.js';
import { reference } from './schema-facts.js';

/** The actions of one path item. `refOf` turns a full schema name into a reference. */
export function pathFacts(item: PathItem, refOf: (fullName: string) => string): PathFacts {
  return Object.fromEntries(
    operations(item).map(([method, operation]) => [method, actionFacts(item, operation, refOf)]),
  );
}

/** Returns the path and the GET of a document without a group and version, or undefined for other documents. */
export function plumbingFacts(
  document: OpenApiDocument,
  refOf: (fullName: string) => string,
): PlumbingFacts | undefined {
  const [entry, ...more] = Object.entries(document.paths ?? {});
  const operation = entry?.[1].get;
  if (entry === undefined || more.length > 0 || operation === undefined || Array.isArray(operation)) return undefined;
  const { operationId = '', tags: [tag = ''] = [] } = operation;
  const mediaTypes = Object.keys(operation.responses?.['200']?.content ?? {});
  return { path: entry[0], operationId, tag, returns: returnedBy(operation, refOf) ?? 'string', mediaTypes };
}

function actionFacts(item: PathItem, operation: Operation, refOf: (fullName: string) => string): ActionFacts {
  const facts: ActionFacts = {};
  const action = operation['x-kubernetes-action'];
  const gvk = operation['x-kubernetes-group-version-kind'];
  if (action !== undefined) facts.action = action;
  if (gvk !== undefined) facts.kind = gvkText(gvk);
  const returns = returnedBy(operation, refOf);
  if (returns !== undefined && returns !== impliedReturn(facts)) facts.returns = returns;
  const query = extraQuery(item, operation, action);
  if (query.length > 0) facts.query = Object.fromEntries(query);
  return facts;
}

function returnedBy(operation: Operation, refOf: (fullName: string) => string): string | undefined {
  const content: Content | undefined = operation.responses?.['200']?.content ?? operation.responses?.['201']?.content;
  const [body] = Object.values(content ?? {});
  if (body?.schema === undefined) return undefined;
  const name = reference(body.schema);
  return name === undefined ? body.schema.type : refOf(name);
}

function extraQuery(item: PathItem, operation: Operation, action: string | undefined): [string, string][] {
  const implied = impliedQuery(action);
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
  return parameters
    .filter(({ name, in: where }) => where === 'query' && !Object.hasOwn(implied, name))
    .map(({ name, schema }) => [name, schema?.type ?? 'string']);
}
