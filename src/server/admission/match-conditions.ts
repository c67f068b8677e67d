import { objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import { compilePolicy, firstLine } from './policy-expressions.js';

/** What an expression comes to: a value, or why there is none. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

/** Works an expression out. Never throws: what is wrong with it is said in words. */
export async function evaluate(expression: string, context: JsonObject): Promise<Outcome> {
  const program = await compilePolicy(expression);
  if (program === undefined) return { error: 'the package that reads CEL is not installed' };
  if (typeof program === 'string') return { error: `compilation error: ${program}` };
  try {
    return { value: program(context) };
  } catch (error) {
    return { error: firstLine(error) };
  }
}

/** What `matchConditions` say of a write. */
export type Verdict =
  | 'met'
  | 'unmet'
  | { readonly errors: readonly { readonly name: string; readonly message: string }[] };

/** One false condition is enough to be left out, whatever is wrong with others; else what is wrong counts (KEP-3716). */
export async function conditionsMet(conditions: unknown, context: JsonObject): Promise<Verdict> {
  const errors: { name: string; message: string }[] = [];
  for (const { name, expression } of objectsOf(conditions)) {
    const text = textOf(expression);
    const result = await evaluate(text, context);
    if ('error' in result)
      errors.push({ name: textOf(name), message: `expression '${text}' resulted in error: ${result.error}` });
    else if (result.value !== true) return 'unmet';
  }
  return errors.length === 0 ? 'met' : { errors };
}
