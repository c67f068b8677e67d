import type { JsonSchema } from '../../meta/json-schema.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject } from '../../util/json-value.js';
import type { ScalePaths } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';

/** The part of a CustomResourceDefinition that serving its kinds needs. */
export interface Definition {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly group: string;
  readonly namespaced: boolean;
  readonly names: DefinitionNames;
  /** The accepted names; empty until the server accepts them. */
  readonly accepted: DefinitionNames;
  readonly versions: readonly DefinitionVersion[];
  /** `spec.conversion.webhook`, where objects are converted by one. */
  readonly conversion: { readonly [field: string]: unknown } | undefined;
  readonly established: boolean;
  readonly terminating: boolean;
}

export interface DefinitionNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  /** The warning for clients of a deprecated version. */
  readonly warning: string | undefined;
  readonly schema: JsonSchema;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly columns: readonly ColumnDefinition[] | undefined;
  readonly selectableFields: readonly string[];
}

/** One element of `additionalPrinterColumns`. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

/** The condition of a type among those of a CustomResourceDefinition. */
export function conditionOf(object: ServerObject, type: string): { [field: string]: unknown } | undefined {
  return objectsOf(fieldsOf(object.status).conditions).find((condition) => condition.type === type);
}

/** Reads a stored CustomResourceDefinition. */
export function readDefinition(object: ServerObject): Definition {
  const spec = fieldsOf(object.spec);
  const group = textOf(spec.group);
  const names = readNames(spec.names);
  return {
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
    generation: object.metadata.generation ?? 0,
    group,
    namespaced: spec.scope === 'Namespaced',
    names,
    accepted: readNames(fieldsOf(object.status).acceptedNames),
    versions: objectsOf(spec.versions).map((version) => readVersion(version, group, names.kind)),
    conversion:
      fieldsOf(spec.conversion).strategy === 'Webhook' ? fieldsOf(fieldsOf(spec.conversion).webhook) : undefined,
    established: conditionOf(object, 'Established')?.status === 'True',
    terminating: object.metadata.deletionTimestamp !== undefined,
  };
}

function readNames(value: unknown): DefinitionNames {
  const names = fieldsOf(value);
  return {
    plural: textOf(names.plural),
    singular: textOf(names.singular),
    kind: textOf(names.kind),
    listKind: textOf(names.listKind),
    shortNames: listOf(names.shortNames).map(textOf),
    categories: listOf(names.categories).map(textOf),
  };
}

function readVersion(version: { [field: string]: unknown }, group: string, kind: string): DefinitionVersion {
  const name = textOf(version.name);
  const { status, scale } = fieldsOf(version.subresources);
  const schema = fieldsOf(version.schema).openAPIV3Schema;
  const warning = textOf(version.deprecationWarning) || `${group}/${name} ${kind} is deprecated`;
  return {
    name,
    served: version.served === true,
    storage: version.storage === true,
    warning: version.deprecated === true ? warning : undefined,
    // What is stored has passed the checks of definitions.
    schema: (isObject(schema) ? schema : {}) as JsonSchema,
    hasStatus: isObject(status),
    scale: isObject(scale) ? readScale(scale) : undefined,
    columns: version.additionalPrinterColumns === undefined ? undefined : readColumns(version.additionalPrinterColumns),
    selectableFields: objectsOf(version.selectableFields).map((field) => textOf(field.jsonPath)),
  };
}

function readScale(scale: { [field: string]: unknown }): ScalePaths {
  const selector = textOf(scale.labelSelectorPath);
  return {
    spec: textOf(scale.specReplicasPath),
    status: textOf(scale.statusReplicasPath),
    selector: selector === '' ? undefined : selector,
  };
}

function readColumns(columns: unknown): ColumnDefinition[] {
  return objectsOf(columns).map((column) => ({
    name: textOf(column.name),
    type: textOf(column.type),
    format: textOf(column.format),
    description: textOf(column.description),
    priority: typeof column.priority === 'number' ? column.priority : 0,
    jsonPath: textOf(column.jsonPath),
  }));
}
