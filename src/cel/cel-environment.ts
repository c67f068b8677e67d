import { lazy } from '../util/lazy.js';
import { addressLibrary } from './address-library.js';
import { descendants, type Expr } from './ast.js';
import { authorizerLibrary } from './authorizer-library.js';
import { type Issue, Source } from './cel-source.js';
import { type Checked, check, type Declarations, namedTypes, type StructFields } from './checker.js';
import { estimateCost } from './cost-estimate.js';
import type { SizeEstimator } from './cost-node.js';
import type { Range } from './cost-numbers.js';
import { formatLibrary } from './format-library.js';
import { Functions } from './functions.js';
import { listLibrary } from './list-library.js';
import { conversionFault, literalIssues } from './literal-checks.js';
import { constants } from './messages.js';
import { CostExceeded } from './meter.js';
import { parse } from './parser.js';
import { type Code, Frame, plan } from './planner.js';
import { quantityLibrary } from './quantity-library.js';
import { semverLibrary } from './semver-library.js';
import { standardFunctions } from './standard-functions.js';
import { optionalFunctions, standardOperators } from './standard-operators.js';
import { stringLibrary } from './string-library.js';
import { type CelType, types, typeType } from './types.js';
import { urlLibrary } from './url-library.js';
import { CelError, type CelValue } from './values.js';

/** The greatest cost of one evaluation, as in kube-apiserver. */
export const perCallLimit = 1_000_000;

/** The functions every expression has in Kubernetes 1.36. */
export const baseFunctions = lazy((): Functions => {
  const base = new Functions();
  for (const library of [
    standardOperators,
    standardFunctions,
    optionalFunctions,
    stringLibrary,
    listLibrary,
    addressLibrary,
    urlLibrary,
    quantityLibrary,
    semverLibrary,
    formatLibrary,
    authorizerLibrary,
  ])
    library(base);
  return base;
});

/** The fields of struct types, by the types' names. */
export type Structs = ReadonlyMap<string, StructFields>;

/** The result of an expression: a value or an error, and the cost. */
export type Outcome =
  | { readonly value: CelValue; readonly cost: number }
  | { readonly error: string; readonly exceeded: boolean; readonly cost: number };

/** An expression that makes sense. */
export class Program {
  #code: Code | undefined;

  constructor(private readonly checked: Checked) {}

  /** The type of its value. */
  get type(): CelType {
    return this.checked.typeOf(this.checked.expr);
  }

  /** Reports whether the expression uses a variable. */
  uses(name: string): boolean {
    return descendants(this.checked.expr).some((expr) => this.checked.nameOf(expr) === name);
  }

  /** Reports whether it reads a field of a variable, as `variable.field` or `variable.?field`. */
  selects(variable: string, field: string): boolean {
    const isVariable = (expr: Expr | undefined): boolean => expr?.kind === 'ident' && expr.name === variable;
    return descendants(this.checked.expr).some((expr) => {
      if (expr.kind === 'select') return expr.field === field && isVariable(expr.operand);
      if (expr.kind !== 'call' || expr.name !== '_?._') return false;
      const [operand, name] = expr.args;
      return isVariable(operand) && name?.kind === 'literal' && name.value === field;
    });
  }

  /** Returns the least and the greatest cost. */
  estimate(sizes: SizeEstimator): Range {
    return estimateCost(this.checked, sizes);
  }

  /** Works it out. `variable` gives the values of names, undefined for one that has none; `limit` bounds the work. */
  run(variable: (name: string) => CelValue | undefined, limit: number = perCallLimit): Outcome {
    this.#code ??= plan(this.checked);
    const frame = new Frame(variable, limit);
    try {
      return { value: this.#code(frame), cost: frame.cost };
    } catch (error) {
      const exceeded = error instanceof CostExceeded;
      if (exceeded || error instanceof CelError) return { error: error.message, exceeded, cost: frame.cost };
      throw error;
    }
  }
}

/** Where expressions stand: the variables, functions and types they know. */
export class Environment implements Declarations {
  constructor(
    private readonly variables: ReadonlyMap<string, CelType>,
    private readonly structs: Structs = new Map(),
    readonly functions: Functions = baseFunctions(),
  ) {}

  ident(name: string): CelType | undefined {
    const known = this.variables.get(name) ?? namedTypes.get(name) ?? (constants.has(name) ? types.int : undefined);
    if (known !== undefined) return known;
    return this.structs.has(name) ? typeType({ kind: 'struct', name, params: [] }) : undefined;
  }

  fields(name: string): StructFields | undefined {
    const type = namedTypes.get(name)?.params[0];
    return this.structs.get(name) ?? (type?.kind === 'struct' ? new Map() : undefined);
  }

  /** Reads an expression: ready to run, or why it is not, in the words of cel-go and kube-apiserver. */
  compile(text: string): Program | string {
    const source = new Source(text);
    const { expr, issues } = parse(source);
    const failed = (found: readonly Issue[]): string => `compilation failed: ${source.display(found)}`;
    if (expr === undefined) return failed(issues);
    const { checked, issues: found } = check(expr, this);
    if (found.length > 0) return failed(found);
    const literals = literalIssues(checked);
    if (literals.length > 0) return failed(literals);
    const fault = conversionFault(checked);
    return fault === undefined ? new Program(checked) : `program instantiation failed: ${fault}`;
  }
}
