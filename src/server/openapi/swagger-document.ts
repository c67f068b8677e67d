import { isObject } from '../../util/json-value.js';
import type { OpenApiDocument } from './openapi-document.js';

type Json = { [field: string]: unknown };

const fieldsOf = (value: unknown): Json => (isObject(value) ? value : {});

const v3Schemas = '#/components/schemas/';

/**
 * OpenAPI v3 documents as the one document of version 2 (Swagger) that `/openapi/v2` serves: every path and every schema of all of them.
 * What version 2 has no words for is left out, as the real server leaves it out: defaults, choices between schemas, what may be null.
 */
export function swaggerDocument(documents: readonly OpenApiDocument[]): Json {
  const [first] = documents;
  const paths: Json = {};
  const definitions: Json = {};
  for (const document of documents) {
    for (const [path, item] of Object.entries(document.paths)) paths[path] = pathItem(fieldsOf(item));
    for (const [name, schema] of Object.entries(document.components.schemas ?? {}))
      definitions[name] = merged(definitions[name], definitionOf(fieldsOf(schema)));
  }
  return {
    swagger: '2.0',
    info: first?.info,
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: first?.components.securitySchemes,
    security: [{ BearerToken: [] }],
  };
}

function sorted(object: Json): Json {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Each document names the kinds of options in its own group and version only; together they name all. */
function merged(known: unknown, schema: Json): Json {
  const kinds = 'x-kubernetes-group-version-kind';
  const [before, now] = [fieldsOf(known)[kinds], schema[kinds]];
  if (!Array.isArray(before) || !Array.isArray(now)) return schema;
  const all = new Map([...before, ...now].map((kind) => [JSON.stringify(kind), kind]));
  return { ...schema, [kinds]: [...all.values()] };
}

function pathItem({ parameters, ...methods }: Json): Json {
  const out: Json = Object.fromEntries(
    Object.entries(methods).map(([method, one]) => [method, operation(fieldsOf(one))]),
  );
  if (Array.isArray(parameters)) out.parameters = parameters.map(parameter);
  return out;
}

function parameter(one: unknown): Json {
  const { schema, ...rest } = fieldsOf(one);
  return { ...rest, ...fieldsOf(schema) };
}

function operation({ requestBody, responses, parameters, tags, operationId, ...extensions }: Json): Json {
  const { content: sent, required } = fieldsOf(requestBody);
  const consumes = sent === undefined ? ['*/*'] : Object.keys(fieldsOf(sent));
  const [body] = Object.values(fieldsOf(sent));
  const produces = new Set<string>();
  const answers = Object.entries(fieldsOf(responses)).map(([status, answer]) => {
    const { description, content } = fieldsOf(answer);
    for (const type of Object.keys(fieldsOf(content))) produces.add(type);
    const [given] = Object.values(fieldsOf(content));
    return [status, { description, ...(given === undefined ? {} : { schema: schemaOf(fieldsOf(given).schema) }) }];
  });
  const all = [
    ...(body === undefined
      ? []
      : [
          {
            name: 'body',
            in: 'body',
            ...(required === true ? { required } : {}),
            schema: schemaOf(fieldsOf(body).schema),
          },
        ]),
    ...(Array.isArray(parameters) ? parameters.map(parameter) : []),
  ];
  return {
    tags,
    operationId,
    consumes,
    produces: [...produces],
    schemes: ['https'],
    ...(all.length > 0 ? { parameters: all } : {}),
    responses: Object.fromEntries(answers),
    ...extensions,
  };
}

const preserves = 'x-kubernetes-preserve-unknown-fields';

/** A kind that keeps what it does not know tells of no fields at all: clients would take those for all there are. */
function definitionOf(schema: Json): Json {
  const kinds = 'x-kubernetes-group-version-kind';
  return schema[preserves] === true && schema[kinds] !== undefined
    ? { type: 'object', [kinds]: schema[kinds] }
    : schemaOf(schema);
}

/** Keywords that version 2 does not have, or that kubectl's reader of it stumbles over. */
const unknown = new Set(['default', 'nullable', 'oneOf', 'anyOf', 'allOf', 'not']);

function schemaOf(value: unknown): Json {
  const schema = fieldsOf(value);
  const out: Json = {};
  for (const [keyword, content] of Object.entries(schema)) {
    if (unknown.has(keyword)) continue;
    if (keyword === '$ref') out.$ref = `#/definitions/${String(content).slice(v3Schemas.length)}`;
    else if (keyword === 'properties')
      out.properties = Object.fromEntries(
        Object.entries(fieldsOf(content)).map(([name, one]) => [name, schemaOf(one)]),
      );
    else if (keyword === 'items') out.items = schemaOf(content);
    else if (keyword === 'additionalProperties')
      out.additionalProperties = isObject(content) ? schemaOf(content) : content;
    else out[keyword] = content;
  }
  // A property that refers to a schema wraps it in version 3, and stands beside it in version 2.
  const [whole] = Array.isArray(schema.allOf) && schema.allOf.length === 1 ? schema.allOf : [];
  if (isObject(whole)) Object.assign(out, schemaOf(whole));
  if (schema.nullable === true) for (const keyword of ['type', 'items', 'properties']) delete out[keyword];
  if (schema[preserves] === true) for (const keyword of ['items', 'properties']) delete out[keyword];
  if ((out.type === 'array' && out.items === undefined) || (out.type === 'object' && schema[preserves] === true))
    delete out.type;
  settleRequired(out, schema);
  if (schema.oneOf !== undefined && out.type === undefined) out.type = 'string';
  return out;
}

/** Removes nullable fields from `required`, because the document cannot express null. */
function settleRequired(out: Json, { required, properties, additionalProperties }: Json): void {
  if (!Array.isArray(required)) return;
  const all = fieldsOf(properties);
  const kept = required.filter((name) => fieldsOf(all[String(name)]).nullable !== true);
  if (kept.length === 0 || fieldsOf(additionalProperties).nullable === true) delete out.required;
  else out.required = kept;
}
