import type { JsonSchema } from '../../meta/json-schema.js';

const escapes: { readonly [char: string]: string } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/**
 * A rule's `fieldPath` (`.spec.replicas`, `.map['a.b']`) as errors write it; undefined for one that leads to no field of the schema.
 * Lists cannot be on the way.
 */
export function fieldPathOf(path: string, schema: JsonSchema): string | undefined {
  let out = '';
  let here: JsonSchema = schema;
  let rest = path;
  while (rest !== '') {
    const match = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\[abfnrtv'\\])*)'\])/.exec(rest);
    if (match === null) return undefined;
    const name = match[1] ?? (match[2] ?? '').replace(/\\(.)/g, (_all, char: string) => escapes[char] ?? '');
    const values = here.additionalProperties;
    const next = here.properties === undefined ? values : own(here.properties, name);
    if (typeof next !== 'object') return undefined;
    if (here.properties === undefined) out += `[${name}]`;
    else out += out === '' ? name : `.${name}`;
    here = next;
    rest = rest.slice(match[0].length);
  }
  return out;
}

function own(properties: { readonly [name: string]: JsonSchema }, name: string): JsonSchema | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
