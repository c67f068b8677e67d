import { z } from 'zod';
import { annotationOf } from '../annotations.js';
import type { JSONSchemaProps } from '../json-schema-props.js';
import type { Place } from './walk.js';

/** Extensions that `.meta()` may set as they are, each with the values it has. */
const extensions: { readonly [keyword: string]: (value: unknown) => boolean } = {
  'x-kubernetes-list-type': (value) => value === 'atomic' || value === 'set' || value === 'map',
  'x-kubernetes-list-map-keys': (value) => Array.isArray(value) && value.every((key) => typeof key === 'string'),
  'x-kubernetes-map-type': (value) => value === 'atomic' || value === 'granular',
  'x-kubernetes-embedded-resource': (value) => value === true,
};

/** The checks of a schema that zod or the user made, without those that speak to the server, which are in the schema already. */
export interface Annotated {
  readonly schema: JSONSchemaProps;
  readonly checks: readonly z.core.$ZodChecks[];
}

/** Parts the checks of a schema: rules and kinds of lists become extensions, what is a function is a problem, the rest is left. */
export function annotate(all: readonly z.core.$ZodCheck<never>[], place: Place): Annotated {
  const schema: JSONSchemaProps = {};
  const checks: z.core.$ZodChecks[] = [];
  for (const check of all) {
    const annotation = annotationOf(check);
    if (annotation?.kind === 'rule') {
      schema['x-kubernetes-validations'] = [...(schema['x-kubernetes-validations'] ?? []), annotation.rule];
    } else if (annotation?.kind === 'list') {
      schema['x-kubernetes-list-type'] = annotation.type;
      if (annotation.keys.length > 0) schema['x-kubernetes-list-map-keys'] = [...annotation.keys];
    } else if (check._zod.def.check === 'custom') {
      place.problem('a server cannot run a refinement: write it in CEL with .check(rule(…))');
    } else if (check._zod.def.check !== 'describe' && check._zod.def.check !== 'metadata') {
      // The union of all checks that zod has.
      checks.push(check as unknown as z.core.$ZodChecks);
    }
  }
  return { schema, checks };
}

/** Returns the `.describe()` and `.meta()` of a schema. */
export function metadata(schema: z.core.$ZodType, place: Place): JSONSchemaProps {
  const meta = z.globalRegistry.get(schema) ?? {};
  const found: JSONSchemaProps = {};
  if (typeof meta.description === 'string') found.description = meta.description;
  if (typeof meta.title === 'string') found.title = meta.title;
  for (const [keyword, value] of Object.entries(meta)) {
    if (!keyword.startsWith('x-kubernetes-')) continue;
    const allowed = Object.hasOwn(extensions, keyword) ? extensions[keyword] : undefined;
    if (allowed?.(value) === true) Object.assign(found, { [keyword]: value });
    else place.problem(hint(keyword));
  }
  return found;
}

function hint(keyword: string): string {
  switch (keyword) {
    case 'x-kubernetes-validations':
      return 'write rules with .check(rule(…))';
    case 'x-kubernetes-preserve-unknown-fields':
      return 'use z.looseObject or z.unknown(), which keep unknown fields on this side too';
    case 'x-kubernetes-int-or-string':
      return 'use intOrString(), or a union of z.int() and z.string()';
    default:
      return `there is no ${keyword} with this value`;
  }
}
