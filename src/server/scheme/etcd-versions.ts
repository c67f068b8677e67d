import { isObject, type JsonObject } from '../../util/json-value.js';

/*
 * Differences between objects as kube-apiserver stores them and as its API shows them in the version that this server stores. Most kinds have
 * none.
 */

/** The fields of a definition that v1beta1 has once for all versions if they are the same for all, and v1 for each. */
const sharedFields = ['subresources', 'additionalPrinterColumns', 'selectableFields'];

/** Phases that kube-apiserver sets when it reads an object that has none. */
const defaultPhases: { readonly [kind: string]: string } = {
  'v1/Namespace': 'Active',
  'v1/PersistentVolume': 'Pending',
  'v1/PersistentVolumeClaim': 'Pending',
};

/** Returns an object from etcd as this server stores it. */
export function currentVersion(object: JsonObject): JsonObject {
  const id = `${object.apiVersion}/${object.kind}`;
  if (id === 'apiextensions.k8s.io/v1beta1/CustomResourceDefinition') return definitionOfV1(object);
  const phase = Object.hasOwn(defaultPhases, id) ? defaultPhases[id] : undefined;
  const status = isObject(object.status) ? object.status : {};
  if (phase === undefined || (status.phase !== undefined && status.phase !== '')) return object;
  return { ...object, status: { ...status, phase } };
}

/** Converts a CustomResourceDefinition from v1beta1, in which kube-apiserver stores them. */
function definitionOfV1(object: JsonObject): JsonObject {
  const { apiVersion: _apiVersion, spec, ...rest } = object;
  if (!isObject(spec)) return object;
  const { version, validation, versions, conversion, preserveUnknownFields, ...own } = spec;
  const listed =
    Array.isArray(versions) && versions.length > 0 ? versions : [{ name: version, served: true, storage: true }];
  for (const field of sharedFields) delete own[field];
  return {
    ...rest,
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: {
      ...own,
      versions: listed.map((one) => versionOfV1(isObject(one) ? one : {}, spec)),
      conversion: isObject(conversion) ? conversionOfV1(conversion) : { strategy: 'None' },
      // The default was true in v1beta1, and v1 leaves false out.
      ...(preserveUnknownFields === false ? {} : { preserveUnknownFields: true }),
    },
  };
}

function versionOfV1(version: JsonObject, spec: JsonObject): JsonObject {
  const converted: JsonObject = { ...version };
  if (converted.schema === undefined && spec.validation !== undefined) converted.schema = spec.validation;
  for (const field of sharedFields)
    if (converted[field] === undefined && spec[field] !== undefined) converted[field] = spec[field];
  const { additionalPrinterColumns: columns } = converted;
  if (Array.isArray(columns)) converted.additionalPrinterColumns = columns.map(columnOfV1);
  return converted;
}

/** The path of a column has another name. */
function columnOfV1(column: unknown): unknown {
  if (!isObject(column)) return column;
  const { JSONPath: jsonPath, ...rest } = column;
  return jsonPath === undefined ? rest : { ...rest, jsonPath };
}

function conversionOfV1({ strategy, webhookClientConfig, conversionReviewVersions }: JsonObject): JsonObject {
  if (webhookClientConfig === undefined) return { strategy };
  return { strategy, webhook: { clientConfig: webhookClientConfig, conversionReviewVersions } };
}
