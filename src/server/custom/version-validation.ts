import { type JsonSchema, propertySchema } from '../../meta/json-schema.js';
import { objectsOf, textOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, required, tooMany } from '../object/field-error.js';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const maxSelectable = 8;

/** Validates the `scale` subresource of a version. */
export function scaleProblems(scale: unknown, at: string): FieldError[] {
  if (!isObject(scale)) return [];
  const check = (field: string, roots: readonly string[], why: string, needed: boolean): FieldError[] => {
    const path = textOf(scale[field]);
    if (path === '') return needed ? [required(`${at}.${field}`)] : [];
    const wrong = simplePathProblems(path, `${at}.${field}`);
    if (wrong.length > 0) return wrong;
    return roots.some((root) => path.startsWith(root)) ? [] : [invalidValue(`${at}.${field}`, path, why)];
  };
  return [
    ...check('specReplicasPath', ['.spec.'], 'should be a json path under .spec', true),
    ...check('statusReplicasPath', ['.status.'], 'should be a json path under .status', true),
    ...check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status', false),
  ];
}

/** Validates `additionalPrinterColumns`. */
export function columnProblems(columns: unknown, at: string): FieldError[] {
  return objectsOf(columns).flatMap((column, index) => {
    const path = `${at}[${index}]`;
    const type = textOf(column.type);
    const format = textOf(column.format);
    const jsonPath = textOf(column.jsonPath);
    const errors: FieldError[] = [];
    if (textOf(column.name) === '') errors.push(required(`${path}.name`));
    const types = `must be one of ${columnTypes.join(',')}`;
    if (type === '') errors.push(required(`${path}.type`, types));
    else if (!columnTypes.includes(type)) errors.push(invalidValue(`${path}.type`, type, types));
    if (format !== '' && !columnFormats.includes(format)) {
      errors.push(invalidValue(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`));
    }
    if (jsonPath === '') errors.push(required(`${path}.JSONPath`));
    else errors.push(...simplePathProblems(jsonPath, `${path}.JSONPath`));
    return errors;
  });
}

function simplePathProblems(path: string, at: string): FieldError[] {
  return path.startsWith('.') ? [] : [invalidValue(at, path, 'must be a simple json path starting with .')];
}

/** Validates `selectableFields`. */
export function selectableProblems(fields: unknown, schema: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, field] of objectsOf(fields).entries()) {
    const path = textOf(field.jsonPath);
    const where = `${at}[${index}].jsonPath`;
    if (path === '') {
      errors.push(required(where));
      continue;
    }
    const names = path.replace(/^\./, '').split('.');
    const found = names.reduce<JsonSchema | undefined>((inner, name) => propertySchema(inner, name), schema);
    if (!path.startsWith('.') || found === undefined) {
      errors.push(invalidValue(where, path, 'is an invalid path: does not refer to a valid field'));
      continue;
    }
    if (names[0] === 'metadata') errors.push(invalidValue(where, path, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push(invalidValue(where, path, why));
    }
    if (seen.has(path)) errors.push(duplicate(where, path));
    seen.add(path);
  }
  if (seen.size > maxSelectable) errors.push(tooMany(at, seen.size, maxSelectable));
  return errors;
}
