import { fieldDescriptions } from './field-descriptions.js';

/** An OpenAPI schema, as far as descriptions need it. */
export interface DescribedSchema {
  readonly [keyword: string]: unknown;
}

// kubectl's conformance tests look for the first words of these texts, and of that of `creationTimestamp`.
const every = {
  apiVersion: 'APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group.',
  kind: 'The kind, in CamelCase. It never changes.',
};
const ofObjects = { ...every, metadata: "Standard object's metadata: name, labels, owners." };
const ofLists = { ...every, metadata: 'The metadata of the list: its version, and the token of the next page.' };

/**
 * Adds this project's descriptions to an OpenAPI schema and its properties, where it has none. `fullName` is the schema's name in
 * OpenAPI, such as `io.k8s.api.core.v1.Pod`. Does not change the argument.
 */
export function describeSchema(fullName: string, schema: DescribedSchema): DescribedSchema {
  const dot = fullName.lastIndexOf('.');
  const known = ownField(fieldDescriptions, fullName.slice(0, dot));
  const { $self, ...own } = (known && ownField(known, fullName.slice(dot + 1))) ?? {};
  const properties = schema.properties as { readonly [name: string]: DescribedSchema } | undefined;
  const texts = { ...ofKind(schema, properties), ...own };
  const described: { [name: string]: DescribedSchema } = { ...properties };
  for (const [name, description] of Object.entries(texts)) {
    const property = properties && ownField(properties, name);
    if (property !== undefined && description !== undefined) described[name] = { description, ...property };
  }
  return {
    ...($self === undefined ? {} : { description: $self }),
    ...schema,
    ...(properties === undefined ? {} : { properties: described }),
  };
}

/** Adds this project's descriptions to every schema of an OpenAPI v3 document. Does not change the argument. */
export function describeDocument<D extends object>(document: D): D {
  const { components } = document as {
    readonly components?: { readonly schemas?: { readonly [name: string]: DescribedSchema } };
  };
  if (components?.schemas === undefined) return document;
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => [name, describeSchema(name, schema)] as const,
  );
  return { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } };
}

/** Returns the descriptions of the fields that objects, or lists of them, have in common. */
function ofKind(schema: DescribedSchema, properties: { readonly [name: string]: DescribedSchema } = {}) {
  if (schema['x-kubernetes-group-version-kind'] === undefined) return {};
  return JSON.stringify(properties.metadata ?? '').includes('.ListMeta"') ? ofLists : ofObjects;
}

function ownField<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
