import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  type ManagedFieldsEntry,
  maskTrailingDash,
  type ObjectMeta,
  type OwnerReference,
  pathSegmentNameProblems,
  pathSegmentPrefixProblems,
  qualifiedNameProblems,
} from '../../meta/index.js';
import { equal } from '../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../object/field-error.js';
import type { NameRule } from '../object/server-context.js';
import type { MetaChecks } from './meta-checks.js';

/** A name rule made of a check of whole names: a prefix may end in a dash, since what follows makes it whole. */
export function nameRule(check: (name: string) => string[]): NameRule {
  return (name, prefix) => check(prefix ? maskTrailingDash(name) : name);
}

export const subdomainName: NameRule = nameRule(dns1123SubdomainProblems);
export const labelName: NameRule = nameRule(dns1123LabelProblems);

/** Names that only have to be a path segment, as those of RBAC. */
export const pathSegmentName: NameRule = (name, prefix) =>
  prefix ? pathSegmentPrefixProblems(name) : pathSegmentNameProblems(name);

const maxAnnotationBytes = 256 * 1024;

/** Validates the metadata of a new object. */
export function metaProblems(
  meta: ObjectMeta,
  rule: NameRule,
  namespaced: boolean,
  qualified: boolean = true,
): FieldError[] {
  const errors = nameProblems(meta, rule);
  if (namespaced) {
    const namespace = meta.namespace ?? '';
    if (namespace === '') errors.push(required('metadata.namespace'));
    else
      for (const why of dns1123LabelProblems(namespace))
        errors.push(invalidValue('metadata.namespace', namespace, why));
  } else if ((meta.namespace ?? '') !== '') {
    errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  errors.push(...contentProblems(meta, qualified));
  return errors;
}

/** Checks the name and the prefix of a generated name. */
function nameProblems(meta: ObjectMeta, rule: NameRule): FieldError[] {
  const [name, prefix] = [meta.name ?? '', meta.generateName ?? ''];
  const errors =
    prefix === '' ? [] : rule(prefix, true).map((why) => invalidValue('metadata.generateName', prefix, why));
  if (name === '') return [...errors, required('metadata.name', 'name or generateName is required')];
  return [...errors, ...rule(name, false).map((why) => invalidValue('metadata.name', name, why))];
}

/** Validates labels, annotations, owners and finalizers. The kind decides whether finalizers must be qualified. */
function contentProblems(meta: ObjectMeta, qualified: boolean): FieldError[] {
  const generation = Number(meta.generation ?? 0);
  return [
    ...(generation < 0 ? [invalidValue('metadata.generation', generation, 'must be greater than or equal to 0')] : []),
    ...labelProblems(meta.labels ?? {}, 'metadata.labels'),
    ...annotationProblems(meta.annotations ?? {}),
    ...ownerProblems(meta.ownerReferences ?? []),
    ...managerProblems(meta.managedFields ?? []),
    ...finalizerProblems(meta.finalizers ?? [], qualified),
  ];
}

/** Validates labels of any field. */
export function labelProblems(labels: { [key: string]: string }, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((why) => invalidValue(field, key, why)),
    ...labelValueProblems(value).map((why) => invalidValue(field, value, why)),
  ]);
}

/** Validates annotations of any field. */
export function annotationProblems(
  annotations: { [key: string]: string },
  field = 'metadata.annotations',
): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(annotations)) {
    total += key.length + value.length;
    // Annotation keys are compared without regard to case of the prefix.
    for (const why of qualifiedNameProblems(key.toLowerCase())) errors.push(invalidValue(field, key, why));
  }
  if (total > maxAnnotationBytes) errors.push(tooLong(field, maxAnnotationBytes));
  return errors;
}

function ownerProblems(owners: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    if (!owner.apiVersion || owner.apiVersion.split('/').length > 2 || owner.apiVersion.endsWith('/'))
      errors.push(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    for (const part of ['kind', 'name', 'uid'] as const) {
      if (!owner[part]) errors.push(invalidValue(`${field}.${part}`, owner[part] ?? '', 'must not be empty'));
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.push(invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) continue;
    const name = `${owner.kind ?? ''}/${owner.name ?? ''}`;
    if (controller !== undefined) {
      const names = `${controller} and ${name}`;
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
      errors.push(invalidValue(field, owners, why));
    } else controller = name;
  }
  return errors;
}

const maxManagerBytes = 128;
const maxSubresourceBytes = 256;

function managerProblems(entries: readonly ManagedFieldsEntry[]): FieldError[] {
  return entries.flatMap(({ operation, fieldsType = '', manager = '', subresource = '' }, index) => {
    const at = `metadata.managedFields[${index}]`;
    const errors: FieldError[] = [];
    if (operation !== 'Apply' && operation !== 'Update')
      errors.push(invalidValue(`${at}.operation`, operation ?? '', 'must be `Apply` or `Update`'));
    if (fieldsType !== '' && fieldsType !== 'FieldsV1')
      errors.push(invalidValue(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    if (Buffer.byteLength(manager) > maxManagerBytes) errors.push(tooLong(`${at}.manager`, maxManagerBytes));
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(manager))
      errors.push(invalidValue(`${at}.manager`, manager, 'should only contain printable characters'));
    if (Buffer.byteLength(subresource) > maxSubresourceBytes)
      errors.push(tooLong(`${at}.subresource`, maxSubresourceBytes));
    return errors;
  });
}

const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerProblems(finalizers: readonly string[], qualified: boolean): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((finalizer) =>
    qualifiedNameProblems(finalizer).map((why) => invalidValue(field, finalizer, why)),
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(invalidValue(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  for (const [index, finalizer] of finalizers.entries()) {
    if (!qualified || finalizer.includes('/') || standardFinalizers.has(finalizer)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalidValue(`${field}[${index}]`, finalizer, why));
  }
  return errors;
}

/** Validates the metadata of an update. It reports each fault once per check. */
export function metaUpdateProblems(
  meta: ObjectMeta,
  old: ObjectMeta,
  checks: MetaChecks,
  rule: NameRule,
): FieldError[] {
  const change = changeProblems(meta, old);
  const general = contentProblems(meta, false);
  // Whatever the kind, names are steps of a path.
  const path = nameProblems(meta, pathSegmentName);
  const own = contentProblems(meta, checks.qualified);
  const state = checks.states > 0 ? [...nameProblems(meta, rule), ...own] : [];
  return [
    // Whatever the kind, once as the metadata of a new state and once as a change.
    ...path,
    ...change,
    ...general,
    ...general,
    ...times(checks.changes, [...change, ...own]),
    ...times(checks.states, state),
  ];
}

function times(count: number, errors: readonly FieldError[]): FieldError[] {
  return Array.from({ length: count }, () => errors).flat();
}

/** Validates the immutable parts of metadata. */
function changeProblems(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (field: keyof ObjectMeta): void => {
    if (!equal(meta[field] ?? null, old[field] ?? null)) {
      errors.push(invalidValue(`metadata.${field}`, meta[field] ?? '', 'field is immutable'));
    }
  };
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
    if (added.length > 0) {
      const list = `[]string{${added.map((one) => JSON.stringify(one)).join(', ')}}`;
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      errors.push(forbiddenField('metadata.finalizers', why));
    }
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    immutable(field);
  }
  return errors;
}
