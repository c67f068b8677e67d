import type { Outcome, Program } from '../../cel/cel-environment.js';
import { jsonValue } from '../../cel/json-values.js';
import { type CelType, formatType, structType } from '../../cel/types.js';
import { CelError, type CelMap, type CelValue } from '../../cel/values.js';
import { type Access, Unanswered } from './policy-access.js';

/** An expression of a policy, ready to run, or what is wrong with it. */
export interface PolicyExpression {
  readonly text: string;
  readonly program: Program | string;
}

/** Reads an expression that has to give a value of one of these kinds of types. */
export function compilePolicy(
  environment: { compile(text: string): Program | string },
  text: string,
  wanted: readonly CelType[],
): Program | string {
  const program = environment.compile(text);
  if (typeof program === 'string') return program;
  const found = formatType(program.type);
  if (wanted.length === 0 || wanted.some((type) => formatType(type) === found)) return program;
  const names = wanted.map(goType);
  return names.length === 1
    ? `must evaluate to ${names[0]} but got ${goType(program.type)}`
    : `must evaluate to one of [${names.join(' ')}] but got ${goType(program.type)}`;
}

/** A type as Go prints it. */
function goType(type: CelType): string {
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(goType).join(', ')})`;
}

/** An object as policies see it; null where there is none. */
export function policyValue(value: unknown): CelValue {
  return jsonValue(value ?? null);
}

/** The variables of policies with their values; what is undefined cannot be used. */
export interface PolicyContext {
  readonly [name: string]: CelValue | undefined;
}

/** The cost limit of all expressions of one check together. */
export const policyBudget = 10_000_000;

/** Thrown when the expressions of a policy have done too much: no more are run. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** The result of an expression: a value, or the error. */
export type Evaluated = { readonly value: CelValue } | { readonly error: string };

/** The evaluation of a policy's expressions about one write: they share a budget, and the values of the policy's variables. */
export class PolicyRun {
  readonly #context: PolicyContext;
  #spent = 0;

  constructor(
    context: PolicyContext,
    private readonly access: Access | undefined,
    variables: ReadonlyMap<string, Program | string> = new Map(),
    private budget: number = policyBudget,
  ) {
    const lazy = new LazyVariables(variables, (program) => this.#runVariable(program));
    this.#context = { variables: lazy, ...access?.variables, ...context };
  }

  /** Works an expression out. Throws an OutOfBudget once the budget is spent. */
  async evaluate({ text, program }: PolicyExpression): Promise<Evaluated> {
    if (typeof program === 'string') return { error: `compilation error: ${program}` };
    const outcome = await this.#run(program);
    const cost = outcome.cost + this.#spent;
    this.#spent = 0;
    if (cost > this.budget) throw new OutOfBudget();
    this.budget -= cost;
    return 'error' in outcome ? { error: `expression '${text}' resulted in error: ${outcome.error}` } : outcome;
  }

  /** Questions to the authorizer are put when they come up, and the expression is worked out once more with the answer. */
  async #run(program: Program): Promise<Outcome> {
    for (;;) {
      const before = this.#spent;
      try {
        return program.run((name) => this.#context[name]);
      } catch (error) {
        if (!(error instanceof Unanswered) || this.access === undefined) throw error;
        this.#spent = before;
        await this.access.answer(error.question);
      }
    }
  }

  #runVariable(program: Program): Outcome {
    const outcome = program.run((name) => this.#context[name]);
    this.#spent += outcome.cost;
    return outcome;
  }
}

/** Named expressions that others use, each worked out when it is first asked for. */
class LazyVariables implements CelMap {
  readonly isMap = true;
  readonly type = structType('kubernetes.variables');
  readonly #known = new Map<string, CelValue>();

  constructor(
    private readonly programs: ReadonlyMap<string, Program | string>,
    private readonly run: (program: Program) => Outcome,
  ) {}

  get size(): number {
    return this.programs.size;
  }

  keys(): readonly string[] {
    return [...this.programs.keys()];
  }

  get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const program = this.programs.get(key);
    if (program === undefined) return undefined;
    const name = JSON.stringify(key);
    if (typeof program === 'string') throw new CelError(`composited variable ${name} fails to compile: ${program}`);
    const outcome = this.run(program);
    if ('error' in outcome) throw new CelError(`composited variable ${name} fails to evaluate: ${outcome.error}`);
    this.#known.set(key, outcome.value);
    return outcome.value;
  }
}
