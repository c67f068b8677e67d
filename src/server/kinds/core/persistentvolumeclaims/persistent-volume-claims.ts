import { compareQuantities, dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { labelSelectorProblems } from '../../../validation/label-selector-problems.js';
import { isWhole } from '../../../validation/value-problems.js';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

/** Validates access modes: a volume for one pod has no other mode. */
export function accessModeProblems(modes: unknown, field: string): FieldError[] {
  const given = listOf(modes).map(textOf);
  const errors = given
    .filter((mode) => !accessModes.includes(mode))
    .map((mode) => notSupported(field, mode, accessModes));
  const alone = given.includes('ReadWriteOncePod');
  if (alone && given.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode)))
    errors.push(forbiddenField(field, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

/** Validates the mode of a volume, if there is one. */
export function volumeModeProblems(mode: unknown, field: string): FieldError[] {
  return mode === undefined || volumeModes.includes(textOf(mode)) ? [] : [notSupported(field, mode, volumeModes)];
}

/** Validates an amount of bytes: whole and positive. */
export function bytesProblems(amount: unknown, field: string): FieldError[] {
  if (compareQuantities(String(amount), '0') <= 0)
    return [invalidValue(field, String(amount), 'must be greater than zero')];
  return isWhole(amount) ? [] : [invalidValue(field, String(amount), 'must be an integer')];
}

/** Validates the name of a class, if there is one. */
export function classNameProblems(name: unknown, field: string): FieldError[] {
  const text = textOf(name);
  return text === '' ? [] : dns1123SubdomainProblems(text).map((why) => invalidValue(field, text, why));
}

/** Validates the spec of a claim, in a claim or in a template of one. */
export function claimSpecProblems(spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (listOf(spec.accessModes).length === 0)
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...labelSelectorProblems(spec.selector, `${path}.selector`));
  errors.push(...accessModeProblems(spec.accessModes, `${path}.accessModes`));
  const { storage } = fieldsOf(fieldsOf(spec.resources).requests);
  const at = `${path}.resources[storage]`;
  if (storage === undefined) errors.push(required(at));
  else if (compareQuantities(String(storage), '0') <= 0)
    errors.push(invalidValue(at, String(storage), 'must be greater than zero'));
  return [
    ...errors,
    ...classNameProblems(spec.storageClassName, `${path}.storageClassName`),
    ...volumeModeProblems(spec.volumeMode, `${path}.volumeMode`),
    ...dataSourceProblems(spec, path),
    ...classNameProblems(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
  ];
}

function dataSourceProblems({ dataSource, dataSourceRef }: JsonObject, path: string): FieldError[] {
  const [source, reference] = [fieldsOf(dataSource), fieldsOf(dataSourceRef)];
  const errors: FieldError[] = [];
  if (dataSource !== undefined) errors.push(...sourceProblems(source, `${path}.dataSource`));
  if (dataSourceRef === undefined) return errors;
  errors.push(...sourceProblems(reference, `${path}.dataSourceRef`));
  const namespace = textOf(reference.namespace);
  if (namespace !== '')
    errors.push(
      ...dns1123LabelProblems(namespace).map((why) => invalidValue(`${path}.dataSourceRef.namespace`, namespace, why)),
    );
  if (dataSource === undefined) return errors;
  // kube-apiserver quotes the path of the field, which has no JSON form.
  if (namespace !== '')
    errors.push(invalidValue(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  else if (['apiGroup', 'kind', 'name'].some((field) => source[field] !== reference[field]))
    errors.push(invalidValue(path, {}, 'must match dataSourceRef'));
  return errors;
}

function sourceProblems(source: JsonObject, path: string): FieldError[] {
  const [kind, group] = [textOf(source.kind), textOf(source.apiGroup)];
  const errors = ['name', 'kind']
    .filter((field) => textOf(source[field]) === '')
    .map((field) => required(`${path}.${field}`));
  if (group === '' && kind !== 'PersistentVolumeClaim') {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    return [...errors, invalidValue(path, kind, why)];
  }
  const faults = group === '' ? [] : dns1123SubdomainProblems(group);
  return [...errors, ...faults.map((why) => invalidValue(`${path}.apiGroup`, group, why))];
}
