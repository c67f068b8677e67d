/** `keelson/crd`: custom resources defined once, with zod: their types, their validation on both sides, and their definition. */

export type { ResourceType } from '../meta/index.js';
export { intOrString, listAtomic, listMap, listSet, type RuleOptions, rule } from './annotations.js';
export type {
  CustomObject,
  CustomResourceColumn,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceNames,
  CustomResourceVersion,
  CustomScale,
  ScalePaths,
  ScaleSubresource,
  StatusSubresource,
  WebhookClientConfig,
} from './custom-resource-definition.js';
export { customResourceDefinitions } from './custom-resource-definition.js';
export {
  type DefinedResource,
  defineResource,
  type InputOf,
  type ResourceOptions,
  type SubresourcesOf,
} from './define-resource.js';
export {
  type AnyDefinedResource,
  type Converted,
  converter,
  defineVersion,
  type ManifestOptions,
  manifestsOf,
  type OlderVersionOptions,
} from './define-version.js';
export { DefinitionError, type DefinitionProblem } from './definition-error.js';
export { type DefinitionDifference, type DifferenceOptions, difference, toYaml } from './difference.js';
export { type DefinitionCluster, InstallError, type InstallOptions, install } from './install.js';
export type { JSONSchemaProps, ValidationRule } from './json-schema-props.js';
export type { PrinterColumn, VersionOptions } from './version-options.js';
