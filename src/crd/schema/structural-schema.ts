import type { z } from 'zod';
import { deepEqual } from '../../meta/index.js';
import type { JSONSchemaProps } from '../json-schema-props.js';
import { annotate, metadata } from './annotate.js';
import { numberSchema } from './number-schema.js';
import { arraySchema, checkListType, objectSchema, recordSchema } from './object-schema.js';
import { allOf, re2Of } from './re2.js';
import { RegexProblem } from './regex-parser.js';
import { stringSchema } from './strings.js';
import { intersectionSchema, unionSchema } from './unions.js';
import { nullable, valuesSchema } from './values-schema.js';
import type { Place, Walked } from './walk.js';

/** The types of zod that JSON or a structural schema cannot express, each with its replacement. */
const inexpressible: { readonly [type: string]: string } = {
  bigint: 'JSON on this side has no bigint: use z.int(), or a string with a pattern',
  catch: 'a server refuses what is wrong instead of putting something else in its place: use .default()',
  custom: 'a server cannot run a custom check: use rule()',
  date: 'JSON has no dates: use z.iso.datetime()',
  file: 'JSON has no files',
  function: 'JSON has no functions',
  map: 'JSON has no Map: use z.record()',
  nan: 'JSON has no NaN',
  never: 'a value that cannot be is no field: leave it out',
  pipe: 'a server cannot transform or preprocess a value: describe it as it is stored',
  promise: 'JSON has no promises',
  set: 'JSON has no Set: use z.array() with .check(listSet())',
  success: 'a server cannot report on a check',
  symbol: 'JSON has no symbols',
  transform: 'a server cannot transform a value: describe it as it is stored',
  tuple: 'structural schemas know one schema for all items of a list: use z.object, or z.array with .check(rule(…))',
  undefined: 'JSON has no undefined: use .optional()',
  void: 'JSON has no undefined: use .optional()',
};

/**
 * Converts a zod schema to a structural schema that accepts the same values. A part that cannot be expressed is reported at `place`, and
 * never left out silently.
 */
export function structuralSchema(schema: z.core.$ZodType, place: Place): Walked {
  const inside = place.inside(schema);
  if (inside === undefined) {
    return {
      schema: place.problem('structural schemas cannot be recursive: use z.unknown() at some depth'),
      optional: false,
    };
  }
  const walked = walk(schema, inside);
  const own = { ...walked.schema, ...metadata(schema, inside) };
  checkListType(own, inside);
  return { schema: own, optional: walked.optional };
}

function walk(schema: z.core.$ZodType, place: Place): Walked {
  // Every class of zod's is a member of this union, by `type`.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
      return { ...structuralSchema(def.innerType, place), optional: true };
    case 'nonoptional':
      return { ...structuralSchema(def.innerType, place), optional: false };
    case 'readonly':
      return structuralSchema(def.innerType, place);
    case 'lazy':
      return structuralSchema(def.getter(), place);
    case 'nullable': {
      const walked = structuralSchema(def.innerType, place);
      return { ...walked, schema: nullable(walked.schema) };
    }
    case 'default':
    case 'prefault':
      return { schema: withDefault(def, place), optional: true };
    case 'unknown':
    case 'any':
      return {
        schema: { 'x-kubernetes-preserve-unknown-fields': true, nullable: true, ...checked(schema, place) },
        optional: takesNothing(schema),
      };
    case 'union':
      return union(schema, def, place);
    default:
      return { schema: { ...plain(schema, place) }, optional: false };
  }
}

function union(
  schema: z.core.$ZodType,
  def: z.core.$ZodUnionDef & { readonly discriminator?: string | undefined },
  place: Place,
): Walked {
  const choice = def.inclusive === false ? 'oneOf' : 'anyOf';
  const walked = def.options.flatMap((option) => (typeOf(option) === 'null' ? [] : [structuralSchema(option, place)]));
  const schemas = walked.map((one) => one.schema);
  const withNull = walked.length < def.options.length;
  const [first] = schemas;
  const made = first !== undefined && withNull && schemas.length === 1 ? first : unionSchema(schemas, choice, place);
  return {
    schema: { ...(withNull ? nullable(made) : made), ...checked(schema, place) },
    optional: walked.some(({ optional }) => optional),
  };
}

function typeOf(schema: z.core.$ZodType): string {
  return schema._zod.def.type;
}

/** The rules of a schema that takes no other checks. */
function checked(schema: z.core.$ZodType, place: Place): JSONSchemaProps {
  const { schema: extensions, checks } = annotate(schema._zod.def.checks ?? [], place);
  for (const check of checks)
    place.problem(`a structural schema has no check ${check._zod.def.check} here: use rule()`);
  return extensions;
}

/** A schema that wraps no other at the same place. */
function plain(schema: z.core.$ZodType, place: Place): JSONSchemaProps {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ('coerce' in def && def.coerce === true) {
    return place.problem('a server takes values as they are and coerces none: use the schema without z.coerce');
  }
  switch (def.type) {
    case 'string': {
      const { schema: extensions, checks } = annotate(def.checks ?? [], place);
      return { ...stringSchema(def, checks, place), ...extensions };
    }
    case 'number': {
      const { schema: extensions, checks } = annotate(def.checks ?? [], place);
      const number = numberSchema(def, checks, place);
      const rules = [...(number['x-kubernetes-validations'] ?? []), ...(extensions['x-kubernetes-validations'] ?? [])];
      return { ...number, ...extensions, ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }) };
    }
    case 'array': {
      const { schema: extensions, checks } = annotate(def.checks ?? [], place);
      return { ...arraySchema(def, checks, structuralSchema, place), ...extensions };
    }
    case 'boolean':
      return { type: 'boolean', ...checked(schema, place) };
    case 'object':
      return { ...objectSchema(def, structuralSchema, place), ...checked(schema, place) };
    case 'record':
      return { ...recordSchema(def, structuralSchema, place), ...checked(schema, place) };
    case 'enum':
    case 'literal':
      return { ...valuesSchema(schema._zod.values ?? new Set(), place), ...checked(schema, place) };
    case 'null':
      return place.problem('null alone is no type: use .nullable() on one');
    case 'template_literal':
      return { type: 'string', ...templatePattern(schema._zod.pattern, place), ...checked(schema, place) };
    case 'intersection': {
      const [left, right] = [def.left, def.right].map((side) => structuralSchema(side, place).schema);
      return { ...intersectionSchema(left ?? {}, right ?? {}, place), ...checked(schema, place) };
    }
    default:
      return place.problem(
        (Object.hasOwn(inexpressible, def.type) ? inexpressible[def.type] : undefined) ??
          `a structural schema has no ${def.type}`,
      );
  }
}

function templatePattern(pattern: RegExp | undefined, place: Place): JSONSchemaProps {
  try {
    return pattern === undefined ? {} : allOf([re2Of(pattern)]);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return place.problem(
      `servers read regular expressions as RE2, which cannot express ${pattern}: it has ${error.message}`,
    );
  }
}

/** Reports whether a field of this schema may be absent: if zod accepts undefined. */
function takesNothing(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}

/** The default as the server fills it in: whole, as zod's parse would leave it. */
function withDefault(def: z.core.$ZodDefaultDef | z.core.$ZodPrefaultDef, place: Place): JSONSchemaProps {
  const { schema } = structuralSchema(def.innerType, place);
  if (place.failed) return schema;
  const value = def.defaultValue;
  if (!deepEqual(value, def.defaultValue))
    return place.problem('the default differs from time to time: a server has one, fixed in the definition');
  const parsed = def.innerType._zod.run({ value: structuredClone(value), issues: [] }, {});
  if (parsed instanceof Promise) return place.problem('a default cannot wait for anything');
  if (parsed.issues.length > 0)
    return place.problem(`the default is not valid: ${parsed.issues[0]?.message ?? parsed.issues[0]?.code}`);
  if (parsed.value === null || parsed.value === undefined)
    return place.problem('a default cannot be null: to a server, that is none');
  if (def.type === 'default' && !sameJson(parsed.value, value)) {
    return place.problem(
      'the default lacks fields that have defaults themselves, which a server fills in: use .prefault(), or give them',
    );
  }
  return { ...schema, default: JSON.parse(JSON.stringify(parsed.value)) as unknown };
}

function sameJson(a: unknown, b: unknown): boolean {
  return deepEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
