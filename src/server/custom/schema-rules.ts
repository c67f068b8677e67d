import type { JsonSchema } from '../../meta/json-schema.js';
import { copy, equal, isObject, type JsonObject } from '../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue } from '../object/field-error.js';
import { embeddedErrors } from './embedded-validation.js';
import { hasRules } from './has-rules.js';
import { keywordProblems } from './keyword-rules.js';
import { prune } from './pruning.js';
import { ruleProblems } from './rule-problems.js';
import { schemaErrors } from './schema-validation.js';
import { canBeStructural, structuralProblems } from './structural-rules.js';

/** Nesting deeper than this is refused: everything that walks a schema recurses. */
const maxDepth = 200;

const rootKeywords = new Set(
  'description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations'.split(
    ' ',
  ),
);

/** Validates the schema of a version. */
export function rootSchemaProblems(value: JsonObject, at: string, hasStatus: boolean): FieldError[] {
  // Of the right types, as every part was decoded; whether it makes sense is what is checked here.
  const schema = value as JsonSchema;
  if (!isShallow(schema, maxDepth)) return [invalidValue(at, '', `nests more than ${maxDepth} levels deep`)];
  const errors = hasStatus ? rootWithStatusProblems(schema, at) : [];
  if (schema.nullable === true) errors.push(forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root'));
  const hasShape = canBeStructural(schema);
  const structural = hasShape ? structuralProblems(schema, at) : [];
  if (hasShape) errors.push(...(structural.length > 0 ? structural : defaultProblems(schema, at, false)));
  errors.push(...keywordProblems(schema, at));
  if (hasShape && structural.length === 0 && hasRules(schema)) errors.push(...ruleProblems(schema, at, errors));
  return errors;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function rootWithStatusProblems(schema: JsonSchema, at: string): FieldError[] {
  if (schema.type !== 'object') {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalidValue(`${at}.type`, schema.type ?? '', why)];
  }
  const wrong = Object.keys(schema).some((keyword) => !rootKeywords.has(keyword));
  if (!wrong) return [];
  const names = [...rootKeywords].map(goName).join(' ');
  const why = `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalidValue(at, schema, why)];
}

/** `x-kubernetes-validations` as Go calls it: `XValidations`. */
function goName(keyword: string): string {
  const words = keyword.replace('x-kubernetes', 'x').split('-');
  return words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('');
}

/** Validates defaults: each must be valid, and must not contain fields that pruning would remove. */
function defaultProblems(schema: JsonSchema, at: string, inMeta: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const { default: value } = schema;
  if (value !== undefined && value !== null && !inMeta) {
    const path = `${at}.default`;
    if (isObject(value) || Array.isArray(value)) {
      const holder = { value: copy(value) };
      prune(holder, { properties: { value: schema } });
      if (!equal(holder.value, value)) errors.push(invalidValue(path, value, 'must not have unknown fields'));
    }
    const wrong = embeddedErrors(value, schema, path);
    errors.push(...(wrong.length > 0 ? wrong : schemaErrors(schema, value, path)));
  }
  if (schema.items !== undefined) errors.push(...defaultProblems(schema.items, `${at}.items`, inMeta));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const meta = inMeta || (embedded && ['metadata', 'apiVersion', 'kind'].includes(name));
    errors.push(...defaultProblems(property, `${at}.properties[${name}]`, meta));
  }
  return errors;
}
