import { types } from '../../cel/types.js';
import { objectsOf, textOf } from '../../util/json-fields.js';
import type { Access } from '../policy/policy-access.js';
import { policyEnvironment } from '../policy/policy-environment.js';
import {
  compilePolicy,
  OutOfBudget,
  type PolicyContext,
  type PolicyExpression,
  PolicyRun,
} from '../policy/policy-expressions.js';

/** The greatest cost of all conditions of one write. */
const conditionBudget = 2_500_000;

/** The verdict of `matchConditions` on a write. */
export type Verdict =
  | 'met'
  | 'unmet'
  | { readonly errors: readonly { readonly name: string; readonly message: string }[] };

/** One condition, ready to be worked out. */
export interface MatchCondition extends PolicyExpression {
  readonly name: string;
}

const compiled = new WeakMap<object, readonly MatchCondition[]>();

/** The conditions of a webhook, compiled when they are first needed. `conditions` is the list as it is kept. */
function conditionsOf(conditions: object): readonly MatchCondition[] {
  let known = compiled.get(conditions);
  if (known === undefined) {
    const environment = policyEnvironment({ params: false, authorizer: true });
    known = objectsOf(conditions).map(({ name, expression }) => {
      const text = textOf(expression);
      return { name: textOf(name), text, program: compilePolicy(environment, text, [types.bool]) };
    });
    compiled.set(conditions, known);
  }
  return known;
}

/** Asks the conditions of a webhook about a write. */
export async function webhookConditionsMet(
  conditions: object,
  context: PolicyContext,
  access: Access,
): Promise<Verdict> {
  return conditionsMet(conditionsOf(conditions), new PolicyRun(context, access, new Map(), conditionBudget));
}

/** One false condition is enough to be left out, whatever is wrong with others; else what is wrong counts (KEP-3716). */
export async function conditionsMet(conditions: readonly MatchCondition[], run: PolicyRun): Promise<Verdict> {
  const errors: { name: string; message: string }[] = [];
  for (const condition of conditions) {
    try {
      const result = await run.evaluate(condition);
      if ('error' in result) errors.push({ name: condition.name, message: result.error });
      else if (result.value !== true) return 'unmet';
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      return { errors: [{ name: condition.name, message: error.message }] };
    }
  }
  return errors.length === 0 ? 'met' : { errors };
}
