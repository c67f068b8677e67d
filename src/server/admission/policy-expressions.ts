import { celEnvironment } from '../crd/cel-environment.js';
import { type CelEnvironment, type CelProgram, celLibrary, loadCel } from '../crd/cel-library.js';
import { celValue } from '../crd/cel-values.js';
import { isObject, type JsonObject } from '../patch/json-value.js';

const variables = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'];

let environment: CelEnvironment | undefined;
const compiled = new Map<string, CelProgram | string>();
const maxCompiled = 1_000;

/** Reads an expression of a policy: a program, or the text of what is wrong. Undefined where there is no CEL library. */
export async function compilePolicy(expression: string): Promise<CelProgram | string | undefined> {
  await loadCel();
  const library = celLibrary();
  if (library === undefined) return undefined;
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  environment ??= celEnvironment(library, variables);
  if (compiled.size >= maxCompiled) compiled.clear();
  const made = parse(environment, expression);
  compiled.set(expression, made);
  return made;
}

function parse(env: CelEnvironment, expression: string): CelProgram | string {
  try {
    const program = env.parse(expression);
    const { valid, error } = program.check();
    return valid ? program : firstLine(error);
  } catch (error) {
    return firstLine(error);
  }
}

/** An object as policies see it; null where there is none. */
export function policyValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const converted = celValue(value, undefined);
  // A word that CEL keeps for itself is written with underscores.
  if (isObject(converted) && isObject(converted.metadata) && converted.metadata.namespace !== undefined)
    converted.metadata.__namespace__ = converted.metadata.namespace;
  return converted;
}

/** Named expressions that others use, each worked out when it is first asked for. */
export function lazyVariables(
  programs: readonly (readonly [name: string, program: CelProgram | string])[],
  context: JsonObject,
): JsonObject {
  const out: JsonObject = {};
  const inner = { ...context, variables: out };
  for (const [name, program] of programs) {
    let value: { readonly found: unknown } | undefined;
    Object.defineProperty(out, name, {
      enumerable: true,
      get: () => {
        if (typeof program === 'string') throw new Error(program);
        value ??= { found: program(inner) };
        return value.found;
      },
    });
  }
  return out;
}

/** What went wrong, in the words of cel-go where they are known. */
export function firstLine(error: unknown): string {
  const text = (error instanceof Error ? error.message : 'unknown').split('\n')[0] ?? '';
  const conversion = /^(int|uint|double|bool)\(\) (?:type|conversion) error/i.exec(text);
  // The library's words for what cel-go says in lower case.
  return conversion === null
    ? text.replace(/^No such key/, 'no such key')
    : `type conversion error from 'string' to '${conversion[1]}'`;
}
