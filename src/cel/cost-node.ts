import type { Expr } from './ast.js';
import type { Range } from './cost-numbers.js';
import type { CelType } from './types.js';

/** Returns the greatest size of a value. `path` leads to it from a variable, by fields and `@items`, `@keys` and `@values`. */
export type SizeEstimator = (path: readonly string[]) => number | undefined;

/** A part of an expression as those see it who reckon what calls cost. */
export interface CostNode {
  readonly type: CelType;
  /** Undefined where it does not come from a variable. */
  readonly path: readonly string[] | undefined;
  /** The size, if the expression determines it. */
  readonly size: Range | undefined;
  readonly expr: Expr | undefined;
}
