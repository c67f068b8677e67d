import { equal } from '../../util/json-value.js';
import { type FieldError, invalid, invalidValue } from '../object/field-error.js';
import type { Strategy } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { forbidden } from '../object/status-error.js';
import { applyDefaults } from './defaulting.js';
import type { Definition, DefinitionVersion } from './definition.js';
import { finalizerWarnings } from './finalizer-warnings.js';
import { parseJsonPath } from './json-path.js';
import { objectProblems } from './object-validation.js';
import type { RuleChecker } from './rule-checker.js';

/** Returns the strategy of a custom resource, which depends on its schema alone. */
export function customStrategy(
  definition: Definition,
  version: DefinitionVersion,
  isTerminating: () => boolean,
  rules: RuleChecker | undefined,
): Strategy {
  const { group, names } = definition;
  const apiVersion = `${group}/${version.name}`;
  const resource = { group, plural: names.plural };
  const checkType = ({ kind = '', apiVersion: given = '', metadata }: ServerObject): void => {
    const errors = [
      ...(kind === names.kind ? [] : [invalidValue('kind', kind, `must be ${names.kind}`)]),
      ...(given === apiVersion ? [] : [invalidValue('apiVersion', given, `must be ${apiVersion}`)]),
    ];
    if (errors.length > 0) throw invalid({ group, kind }, metadata.name ?? '', errors);
  };
  const check = (object: ServerObject, old?: ServerObject, subresource?: string): FieldError[] =>
    objectProblems(version, rules, object, old, subresource);
  return {
    generation: true,
    generationChanged: (object, old) => !equal(withoutMetadata(object), withoutMetadata(old)),
    unconditionalUpdate: false,
    fields: selectableFields(version.selectableFields, definition.namespaced),
    defaults: (object) => applyDefaults(object, version.schema),
    prepareForCreate: (object) => {
      if (isTerminating()) {
        const why = 'create not allowed while custom resource definition is terminating';
        throw forbidden(resource, object.metadata.name ?? '', why);
      }
      checkType(object);
    },
    prepareForUpdate: (object) => checkType(object),
    prepareForStatusUpdate: (object, old) => {
      checkType(object);
      const { managedFields } = object.metadata;
      object.metadata = { ...old.metadata };
      if (managedFields === undefined) delete object.metadata.managedFields;
      else object.metadata.managedFields = managedFields;
      if (object.status === undefined) delete object.status;
    },
    validateCreate: (object) => check(object),
    validateUpdate: (object, old) => check(object, old),
    validateSubresource: (subresource, object, old) => check(object, old, subresource),
    warnings: (object, old) => finalizerWarnings(object.metadata.finalizers ?? [], old?.metadata.finalizers ?? []),
  };
}

function withoutMetadata({ metadata: _metadata, ...rest }: ServerObject): unknown {
  return rest;
}

/** Returns the supported field selectors: name and namespace, and the paths of `selectableFields`. */
function selectableFields(
  paths: readonly string[],
  namespaced: boolean,
): { readonly [path: string]: (object: ServerObject) => string } {
  const own = paths.map((path) => {
    const read = parseJsonPath(path);
    return [path.replace(/^\./, ''), (object: ServerObject) => textOfValue(read?.(object)[0])] as const;
  });
  return {
    'metadata.name': ({ metadata }) => metadata.name ?? '',
    ...(namespaced ? { 'metadata.namespace': ({ metadata }: ServerObject) => metadata.namespace ?? '' } : {}),
    ...Object.fromEntries(own),
  };
}

function textOfValue(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}
