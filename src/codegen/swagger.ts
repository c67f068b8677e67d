import { CodegenError } from './api-source.js';
import type { Content, OpenApiDocument, OpenApiSchema, Operation, Parameter, PathItem } from './document.js';

/** An OpenAPI v2 document, as far as this generator reads one. */
export interface SwaggerDocument {
  swagger: string;
  info?: { title?: string; version?: string };
  paths?: { [path: string]: { [method: string]: unknown } };
  definitions?: { [name: string]: OpenApiSchema };
  parameters?: { [name: string]: SwaggerParameter };
}

interface SwaggerParameter {
  $ref?: string;
  name?: string;
  in?: string;
  type?: string;
}

interface SwaggerOperation {
  parameters?: SwaggerParameter[];
  responses?: { [status: string]: { schema?: OpenApiSchema } };
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}

const MAX_DEPTH = 200;

/** The unions of types, which v2 cannot express: they are strings there. */
const UNIONS: { readonly [name: string]: string[] } = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': ['string', 'number'],
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': ['integer', 'string'],
};

/** Says in OpenAPI v3 what an OpenAPI v2 document says, as far as this generator reads it. */
export function fromSwagger(swagger: SwaggerDocument): OpenApiDocument {
  const schemas = Object.entries(swagger.definitions ?? {}).map(([name, schema]) => {
    const { type, ...rest } = upgrade(schema) as OpenApiSchema;
    const union = Object.hasOwn(UNIONS, name) ? UNIONS[name] : undefined;
    if (union !== undefined) return [name, { ...rest, oneOf: union.map((one) => ({ type: one })) }];
    return [name, type === undefined ? rest : { ...rest, type }];
  });
  const paths = Object.entries(swagger.paths ?? {}).map(([path, item]) => [path, pathItem(swagger, item)]);
  return {
    openapi: '3.0.0',
    ...(swagger.info === undefined ? {} : { info: swagger.info }),
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function pathItem(swagger: SwaggerDocument, item: { [method: string]: unknown }): PathItem {
  const entries = Object.entries(item).map(([key, value]) => {
    if (key === 'parameters') return [key, parameters(swagger, value as SwaggerParameter[])];
    return [key, operation(swagger, value as SwaggerOperation)];
  });
  return Object.fromEntries(entries);
}

function operation(swagger: SwaggerDocument, old: SwaggerOperation): Operation {
  const responses = Object.entries(old.responses ?? {}).map(([status, { schema }]) => {
    const content: Content =
      schema === undefined ? {} : { 'application/json': { schema: upgrade(schema) as OpenApiSchema } };
    return [status, { content }];
  });
  const action = old['x-kubernetes-action'];
  const gvk = old['x-kubernetes-group-version-kind'];
  return {
    parameters: parameters(swagger, old.parameters ?? []),
    responses: Object.fromEntries(responses),
    ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
    ...(gvk === undefined ? {} : { 'x-kubernetes-group-version-kind': gvk }),
  };
}

function parameters(swagger: SwaggerDocument, old: SwaggerParameter[]): Parameter[] {
  return old.flatMap((parameter) => {
    const target = parameter.$ref?.replace('#/parameters/', '');
    const { name, in: where, type } = (target === undefined ? parameter : swagger.parameters?.[target]) ?? {};
    if (name === undefined || where === undefined || where === 'body') return [];
    return [{ name, in: where, schema: { type: type ?? 'string' } }];
  });
}

/** The same value with every reference to a definition pointing where v3 keeps schemas. */
function upgrade(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new CodegenError(`A definition nests more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((item) => upgrade(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace(/^#\/definitions\//, '#/components/schemas/')
        : upgrade(inner, depth + 1),
    ]),
  );
}
