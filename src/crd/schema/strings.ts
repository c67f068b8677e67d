import { z } from 'zod';
import type { JSONSchemaProps } from '../json-schema-props.js';
import { allOf, re2Of } from './re2.js';
import { RegexProblem } from './regex-parser.js';
import type { Place } from './walk.js';

/** Formats of zod that servers check by the same name or another; what zod checks beyond that, the pattern says. */
const formats: { readonly [format: string]: string } = {
  datetime: 'date-time',
  date: 'date',
  email: 'email',
  uuid: 'uuid',
  guid: 'uuid',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  cidrv4: 'cidr',
  cidrv6: 'cidr',
  base64: 'byte',
  url: 'uri',
};

/** Formats whose own pattern is not all that zod checks, with the pattern that is. */
const patterns: { readonly [format: string]: RegExp | undefined } = {
  base64: z.regexes.base64,
  base64url: z.regexes.base64url,
  // What is left to check is what the format says.
  ipv6: undefined,
  cidrv6: /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])$/,
  // The format also takes paths.
  url: /^[A-Za-z][A-Za-z0-9+.-]*:/,
  // The same as zod's, without lookaheads.
  duration:
    /^P(?:\d+W|(?:\d+Y(?:\d+M)?(?:\d+D)?|\d+M(?:\d+D)?|\d+D)(?:T(?:\d+H(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?|\d+M(?:\d+(?:[.,]\d+)?S)?|\d+(?:[.,]\d+)?S))?|T(?:\d+H(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?|\d+M(?:\d+(?:[.,]\d+)?S)?|\d+(?:[.,]\d+)?S))$/,
};

/**
 * No list can be as long as this. A string with a format needs it: servers leave the type of strings and lists to the format then, and
 * check that of strings alone (kube-openapi, `typeValidator`).
 */
const noList = { minItems: 1, maxItems: 0 };

/** Formats that end in arithmetic. */
const sums: { readonly [format: string]: string } = {
  jwt: 'a JSON Web Token is decoded to be checked',
  iban: 'an IBAN has a checksum',
  credit_card: 'a card number has a checksum',
};

/** The part of a format, or of a check that is one, that zod keeps. */
interface FormatDef {
  readonly format?: string | undefined;
  readonly pattern?: RegExp | undefined;
  readonly local?: boolean | undefined;
  readonly hostname?: RegExp | undefined;
  readonly protocol?: RegExp | undefined;
  readonly normalize?: boolean | undefined;
}

/** A string with its length, its format and its patterns. */
export function stringSchema(
  def: z.core.$ZodStringDef & FormatDef,
  checks: readonly z.core.$ZodChecks[],
  place: Place,
): JSONSchemaProps {
  const schema: JSONSchemaProps = { type: 'string' };
  const parts: JSONSchemaProps[] = [];
  if (def.format !== undefined) addFormat(def, schema, parts, place);
  for (const check of checks) {
    const own = check._zod.def;
    switch (own.check) {
      case 'min_length':
        schema.minLength = Math.max(schema.minLength ?? 0, own.minimum);
        break;
      case 'max_length':
        schema.maxLength = Math.min(schema.maxLength ?? Number.POSITIVE_INFINITY, own.maximum);
        break;
      case 'length_equals':
        schema.minLength = Math.max(schema.minLength ?? 0, own.length);
        schema.maxLength = Math.min(schema.maxLength ?? Number.POSITIVE_INFINITY, own.length);
        break;
      case 'string_format':
        addFormat(own, schema, parts, place);
        break;
      case 'overwrite':
        place.problem(
          'a schema cannot change a string (trim, toLowerCase, normalize …): refuse it with a pattern instead',
        );
        break;
      default:
        place.problem(`a structural schema has no check ${own.check}: use rule()`);
    }
  }
  return { ...schema, ...(schema.format === undefined ? {} : noList), ...allOf(parts) };
}

function addFormat(def: FormatDef, schema: JSONSchemaProps, parts: JSONSchemaProps[], place: Place): void {
  const { format = '' } = def;
  const sum = Object.hasOwn(sums, format) ? sums[format] : undefined;
  if (sum !== undefined) {
    place.problem(`${sum}, which no pattern can do: use z.string() with a regex for its shape`);
    return;
  }
  if (format === 'url' && (def.hostname !== undefined || def.protocol !== undefined || def.normalize === true)) {
    place.problem('a server does not look into the host or protocol of a URL: use z.url() or a regex');
    return;
  }
  const known = Object.hasOwn(formats, format) ? formats[format] : undefined;
  // A local time has no zone, which the format wants.
  if (known !== undefined && def.local !== true) schema.format ??= known;
  const pattern = Object.hasOwn(patterns, format) ? patterns[format] : def.pattern;
  if (pattern !== undefined) parts.push(patternSchema(pattern, place));
  else if (!Object.hasOwn(patterns, format)) {
    place.problem(`a structural schema cannot check the format ${format}, which is a function: use a regex`);
  }
}

function patternSchema(pattern: RegExp, place: Place): JSONSchemaProps {
  try {
    return re2Of(pattern);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    place.problem(`servers read regular expressions as RE2, which cannot express ${pattern}: it has ${error.message}`);
    return {};
  }
}
