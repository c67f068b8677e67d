import { dns1035LabelProblems } from '../meta/index.js';
import type { CustomResourceColumn, CustomResourceVersion, ScalePaths } from './custom-resource-definition.js';
import type { DefinitionProblem } from './definition-error.js';
import type { JSONSchemaProps } from './json-schema-props.js';
import { structuralSchema } from './schema/structural-schema.js';
import { Place } from './schema/walk.js';
import type { PrinterColumn, VersionOptions } from './version-options.js';

/** No more fields can be selectable in one version. */
const maxSelectable = 8;

/** One version of a kind as a definition holds it; what is wrong with it goes to `problems`. */
export function makeVersion(
  options: VersionOptions,
  storage: boolean,
  problems: DefinitionProblem[],
): CustomResourceVersion {
  const { version: name, served = true, deprecated = false, scale, printerColumns, selectableFields = [] } = options;
  for (const message of dns1035LabelProblems(name)) problems.push({ path: 'version', message });
  const root = rootSchema(options, problems);
  if (scale !== undefined) checkScale(scale, root, problems);
  checkSelectable(selectableFields, root, problems);
  const subresources = {
    ...(options.status === undefined ? {} : { status: {} }),
    ...(scale === undefined ? {} : { scale: { ...scale } }),
  };
  return {
    name,
    served,
    storage,
    ...(deprecated === false ? {} : { deprecated: true }),
    ...(typeof deprecated === 'string' ? { deprecationWarning: deprecated } : {}),
    schema: { openAPIV3Schema: root },
    ...(Object.keys(subresources).length === 0 ? {} : { subresources }),
    ...(printerColumns === undefined ? {} : { additionalPrinterColumns: columns(printerColumns, root, problems) }),
    ...(selectableFields.length === 0 ? {} : { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
  };
}

function rootSchema(
  { spec, status, rules, description }: VersionOptions,
  problems: DefinitionProblem[],
): JSONSchemaProps {
  const desired = structuralSchema(spec, Place.at('spec', problems));
  const observed = status === undefined ? undefined : structuralSchema(status, Place.at('status', problems));
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    ...(desired.optional ? {} : { required: ['spec'] }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: desired.schema,
      ...(observed === undefined ? {} : { status: observed.schema }),
    },
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
  };
}

/** The schema at a path of names; undefined where the path is more than names, or leads nowhere. */
function schemaAt(root: JSONSchemaProps, path: string): JSONSchemaProps | undefined {
  return path
    .slice(1)
    .split('.')
    .reduce<JSONSchemaProps | undefined>((schema, name) => {
      const { properties } = schema ?? {};
      return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    }, root);
}

function columns(
  given: readonly PrinterColumn[],
  root: JSONSchemaProps,
  problems: DefinitionProblem[],
): CustomResourceColumn[] {
  return given.map(({ name, path: jsonPath, type, description, priority }, index) => {
    const at = `printerColumns[${index}]`;
    if (name === '') problems.push({ path: `${at}.name`, message: 'a column has a name' });
    if (!jsonPath.startsWith('.'))
      problems.push({ path: `${at}.path`, message: 'a path begins with a dot, such as .spec.host' });
    const plain = /^(?:\.[A-Za-z0-9_-]+)+$/.test(jsonPath) && /^\.(?:spec|status)\./.test(jsonPath);
    const field = schemaAt(root, jsonPath);
    if (plain && field === undefined && !isOpen(root, jsonPath)) {
      problems.push({ path: `${at}.path`, message: `there is no field ${jsonPath}` });
    }
    return {
      name,
      type: type ?? columnType(jsonPath, field),
      jsonPath,
      ...(description === undefined ? {} : { description }),
      ...(priority === undefined ? {} : { priority }),
    };
  });
}

/** Reports whether a path leads into a part without described fields: a map, or preserved unknown fields. */
function isOpen(root: JSONSchemaProps, path: string): boolean {
  let schema: JSONSchemaProps | undefined = root;
  for (const name of path.slice(1).split('.')) {
    if (schema?.additionalProperties !== undefined || schema?.['x-kubernetes-preserve-unknown-fields'] === true)
      return true;
    schema = schema?.properties?.[name];
  }
  return false;
}

function columnType(path: string, schema: JSONSchemaProps | undefined): string {
  if (path === '.metadata.creationTimestamp' || path === '.metadata.deletionTimestamp') return 'date';
  if (schema?.format === 'date-time') return 'date';
  const type = schema?.type ?? '';
  return ['boolean', 'integer', 'number'].includes(type) ? type : 'string';
}

function checkScale(scale: ScalePaths, root: JSONSchemaProps, problems: DefinitionProblem[]): void {
  const check = (field: keyof ScalePaths, type: string, places: readonly string[]): void => {
    const path = scale[field];
    if (path === undefined) return;
    const at = `scale.${field}`;
    if (!places.some((place) => path.startsWith(`.${place}.`))) {
      problems.push({ path: at, message: `should be a path below .${places.join(' or .')}` });
    } else if (schemaAt(root, path)?.type !== type)
      problems.push({ path: at, message: `there is no field ${path} of type ${type}` });
  };
  check('specReplicasPath', 'integer', ['spec']);
  check('statusReplicasPath', 'integer', ['status']);
  check('labelSelectorPath', 'string', ['spec', 'status']);
}

function checkSelectable(paths: readonly string[], root: JSONSchemaProps, problems: DefinitionProblem[]): void {
  if (paths.length > maxSelectable)
    problems.push({ path: 'selectableFields', message: `must have at most ${maxSelectable} items` });
  for (const [index, path] of paths.entries()) {
    const type = path.startsWith('.') && !path.startsWith('.metadata.') ? schemaAt(root, path)?.type : undefined;
    if (!['string', 'boolean', 'integer'].includes(type ?? '')) {
      problems.push({
        path: `selectableFields[${index}]`,
        message: `${path} is no field of type string, boolean or integer`,
      });
    }
    if (paths.indexOf(path) !== index)
      problems.push({ path: `selectableFields[${index}]`, message: `${path} comes twice` });
  }
}
