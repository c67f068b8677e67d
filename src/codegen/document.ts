/** An OpenAPI v3 document, as far as this generator reads one. It comes from the network: nothing in it is trusted. */
export interface OpenApiDocument {
  openapi?: string;
  info?: { title?: string; version?: string };
  paths?: { [path: string]: PathItem };
  components?: { schemas?: { [name: string]: OpenApiSchema } };
}

/** The operations on one path by HTTP method, and the parameters they share. */
export interface PathItem {
  parameters?: Parameter[];
  [method: string]: Operation | Parameter[] | undefined;
}

/** A parameter of a path or an operation. */
export interface Parameter {
  name: string;
  in: string;
  schema?: { type?: string };
}

/** One operation. */
export interface Operation {
  tags?: string[];
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { content?: Content };
  responses?: { [status: string]: { content?: Content } };
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: GroupVersionKind;
}

/** The schema of a body, by media type. */
export interface Content {
  [mediaType: string]: { schema?: OpenApiSchema };
}

/** Group (empty for core), version and kind. */
export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** A schema: JSON schema as OpenAPI 3.0 has it, with the Kubernetes extensions. */
export interface OpenApiSchema {
  $ref?: string;
  description?: string;
  type?: string;
  allOf?: OpenApiSchema[];
  anyOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  properties?: { [name: string]: OpenApiSchema };
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema | boolean;
  'x-kubernetes-group-version-kind'?: GroupVersionKind[];
  [keyword: string]: unknown;
}

/** The methods an OpenAPI path item may have. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** The operations of a path item with their methods, in the order of the document. */
export function operations(item: PathItem): [string, Operation][] {
  const found: [string, Operation][] = [];
  for (const [method, operation] of Object.entries(item)) {
    if ((METHODS as readonly string[]).includes(method) && operation !== undefined && !Array.isArray(operation)) {
      found.push([method, operation]);
    }
  }
  return found;
}

/** `group/version/Kind`, without `group/` in the core group. */
export function gvkText(gvk: GroupVersionKind): string {
  return `${groupVersion(gvk.group, gvk.version)}/${gvk.kind}`;
}

/** `group/version`, or `version` alone in the core group. */
export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
