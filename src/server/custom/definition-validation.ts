import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { equal, isObject, type JsonObject } from '../../util/json-value.js';
import { type GoText, internalListEcho } from '../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../object/field-error.js';
import type { ServerObject } from '../object/server-object.js';
import { approvalProblems } from './api-approval.js';
import { conditionOf } from './definition.js';
import { definitionNamesProblems } from './names-validation.js';
import { rootSchemaProblems } from './schema-rules.js';
import { columnProblems, scaleProblems, selectableProblems } from './version-validation.js';

/** Validates a new CustomResourceDefinition. */
export function definitionProblems(object: ServerObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const wanted = `${textOf(fieldsOf(spec.names).plural)}.${textOf(spec.group)}`;
  const name = object.metadata.name ?? '';
  const generated = object.metadata.generateName ?? '';
  const misnamed = 'must be spec.names.plural+"."+spec.group';
  return [
    ...(generated === '' || generated === wanted ? [] : [invalidValue('metadata.generateName', generated, misnamed)]),
    ...(name === '' || name === wanted ? [] : [invalidValue('metadata.name', name, misnamed)]),
    ...specProblems(spec),
    ...storedVersionsProblems(object),
    ...approvalProblems(object, undefined),
    ...preserveProblems(spec),
  ];
}

/** Validates the update of a CustomResourceDefinition. */
export function definitionUpdateProblems(object: ServerObject, old: ServerObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const before = fieldsOf(old.spec);
  const names = fieldsOf(spec.names);
  const oldNames = fieldsOf(before.names);
  const immutable = (path: string, value: unknown, was: unknown): FieldError[] =>
    equal(value, was) ? [] : [invalidValue(path, value, 'field is immutable')];
  const established = conditionOf(old, 'Established')?.status === 'True';
  return [
    ...specProblems(spec),
    ...(established
      ? [
          ...immutable('spec.scope', spec.scope, before.scope),
          ...immutable('spec.names.kind', names.kind, oldNames.kind),
        ]
      : []),
    ...immutable('spec.group', spec.group, before.group),
    ...immutable('spec.names.plural', names.plural, oldNames.plural),
    ...storedVersionsProblems(object),
    ...approvalProblems(object, old),
    ...(before.preserveUnknownFields === true ? [] : preserveProblems(spec)),
  ];
}

function specProblems(spec: JsonObject): FieldError[] {
  return [
    ...groupProblems(textOf(spec.group)),
    ...scopeProblems(textOf(spec.scope)),
    ...versionsProblems(spec),
    ...definitionNamesProblems(fieldsOf(spec.names), 'spec.names', true),
    ...sharedProblems(spec),
    ...conversionProblems(fieldsOf(spec.conversion)),
  ];
}

function groupProblems(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = dns1123SubdomainProblems(group);
  if (problems.length > 0) return [invalidValue('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
}

function scopeProblems(scope: string): FieldError[] {
  if (scope === '') return [required('spec.scope')];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)];
}

/** The parts of a version that stand for all of them, in messages, where they are the same in all. */
const shared: { readonly [part: string]: string } = {
  schema: 'spec.validation',
  subresources: 'spec.subresources',
  additionalPrinterColumns: 'spec.additionalPrinterColumns',
  selectableFields: 'spec.selectableFields',
};

function versionsProblems(spec: JsonObject): FieldError[] {
  const versions = objectsOf(spec.versions);
  const [first] = versions;
  const errors: FieldError[] = [];
  for (const [index, version] of versions.entries()) {
    if (!isObject(fieldsOf(version.schema).openAPIV3Schema)) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
    }
  }
  const same = (part: string): boolean => isShared(versions, part);
  for (const [index, version] of versions.entries()) {
    const at = `spec.versions[${index}]`;
    errors.push(...versionProblems(version, at));
    for (const part of Object.keys(shared)) {
      if (!same(part)) errors.push(...partProblems(part, version, `${at}.${part}`, hasStatus(version)));
    }
  }
  const names = versions.map((version) => version.name);
  const shown = versions.length === 0 ? null : shownVersions(versions);
  if (new Set(names).size < names.length) {
    errors.push(invalidValue('spec.versions', shown, 'must contain unique version names'));
  }
  if (versions.filter((version) => version.storage === true).length !== 1) {
    errors.push(invalidValue('spec.versions', shown, 'must have exactly one version marked as storage version'));
  }
  // The first of the versions was once the only one, and is looked at under that name as well.
  const name = textOf(first?.name);
  const problems = name === '' ? [] : dns1035LabelProblems(name);
  return problems.length === 0 ? errors : [...errors, invalidValue('spec.version', name, problems.join(','))];
}

/** Reports whether a part is the same in all versions. */
function isShared(versions: readonly JsonObject[], part: string): boolean {
  const [first] = versions;
  return first?.[part] !== undefined && versions.every((version) => equal(version[part], first[part]));
}

function hasStatus(version: JsonObject): boolean {
  return isObject(fieldsOf(version.subresources).status);
}

function sharedProblems(spec: JsonObject): FieldError[] {
  const versions = objectsOf(spec.versions);
  const [first = {}] = versions;
  return Object.entries(shared).flatMap(([part, path]) =>
    isShared(versions, part) ? partProblems(part, first, path, versions.some(hasStatus)) : [],
  );
}

function versionProblems(version: JsonObject, at: string): FieldError[] {
  const name = textOf(version.name);
  const problems = dns1035LabelProblems(name);
  const errors = problems.length === 0 ? [] : [invalidValue(`${at}.name`, name, problems.join(','))];
  const { deprecationWarning: warning } = version;
  if (typeof warning !== 'string') return errors;
  const wrong: string[] = [];
  if (version.deprecated !== true) wrong.push('can only be set for deprecated versions');
  else {
    if (warning.length > 256) wrong.push('must be <= 256 characters long');
    if (warning === '') wrong.push('must not be an empty string');
    const index = warning.search(/[^\P{C}]|[^\P{Z} ]/u);
    if (index >= 0) {
      wrong.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
    }
  }
  return [...errors, ...wrong.map((why) => invalidValue(`${at}.deprecationWarning`, warning, why))];
}

function partProblems(part: string, version: JsonObject, at: string, hasStatus: boolean): FieldError[] {
  const schema = fieldsOf(version.schema).openAPIV3Schema;
  switch (part) {
    case 'schema':
      return isObject(schema) ? rootSchemaProblems(schema, `${at}.openAPIV3Schema`, hasStatus) : [];
    case 'subresources':
      return scaleProblems(fieldsOf(version.subresources).scale, `${at}.scale`);
    case 'additionalPrinterColumns':
      return columnProblems(version.additionalPrinterColumns, at);
    default:
      if (objectsOf(version.selectableFields).length > 0 && !isObject(schema)) {
        const why = 'may only be set when `version.schema.openAPIV3Schema` is not included';
        return [invalidValue(at, '', why)];
      }
      return selectableProblems(version.selectableFields, fieldsOf(schema), at);
  }
}

/** Returns the versions as errors quote them: without the parts that are the same in all, which are not part of a version internally. */
function shownVersions(versions: readonly JsonObject[]): GoText {
  const parts = Object.keys(shared).filter((part) => isShared(versions, part));
  const bare = versions.map((version) =>
    Object.fromEntries(Object.entries(version).filter(([field]) => !parts.includes(field))),
  );
  return internalListEcho('apiextensions/v1.CustomResourceDefinitionVersion', bare);
}

function conversionProblems(conversion: JsonObject): FieldError[] {
  const strategy = textOf(conversion.strategy);
  const strategies = ['None', 'Webhook'];
  if (strategy === '') return [required('spec.conversion.strategy')];
  if (!strategies.includes(strategy)) return [notSupported('spec.conversion.strategy', strategy, strategies)];
  const webhook = fieldsOf(conversion.webhook);
  const client = webhook.clientConfig;
  const at = 'spec.conversion.webhookClientConfig';
  const versions = listOf(webhook.conversionReviewVersions);
  if (strategy === 'None') {
    const why = 'should not be set when strategy is not set to Webhook';
    return [
      ...(isObject(client) ? [forbiddenField(at, why)] : []),
      ...(versions.length > 0 ? [forbiddenField('spec.conversion.conversionReviewVersions', why)] : []),
    ];
  }
  const errors: FieldError[] = [];
  if (!isObject(client)) errors.push(required(at, 'required when strategy is set to Webhook'));
  else if ((client.url === undefined) === (client.service === undefined)) {
    errors.push(required(at, 'exactly one of url or service is required'));
  }
  const reviews = 'spec.conversion.conversionReviewVersions';
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index)
      errors.push(invalidValue(`${reviews}[${index}]`, version, 'duplicate version'));
    const faults = dns1035LabelProblems(textOf(version));
    if (faults.length > 0) errors.push(invalidValue(`${reviews}[${index}]`, version, faults.join(',')));
  }
  if (versions.length === 0) errors.push(required(reviews));
  else if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) {
    errors.push(invalidValue(reviews, versions, 'must include at least one of v1, v1beta1'));
  }
  return errors;
}

function storedVersionsProblems({ spec, status }: ServerObject): FieldError[] {
  const stored = listOf(fieldsOf(status).storedVersions).map(textOf);
  const at = 'status.storedVersions';
  if (stored.length === 0) return [invalidValue(at, null, 'must have at least one stored version')];
  const versions = objectsOf(fieldsOf(spec).versions);
  // A stored version stands for one version only: where two have one name, the second is not stored.
  const left = new Set(stored);
  const absent = versions.filter(({ name, storage }) => !left.delete(textOf(name)) && storage === true);
  const gone = [...left];
  return [
    ...absent.map((version) => invalidValue(at, stored, `must have the storage version ${textOf(version.name)}`)),
    ...gone.map((name) =>
      invalidValue(
        `${at}[${stored.indexOf(name)}]`,
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      ),
    ),
  ];
}

function preserveProblems({ preserveUnknownFields }: JsonObject): FieldError[] {
  if (preserveUnknownFields !== true) return [];
  const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalidValue('spec.preserveUnknownFields', true, why)];
}
