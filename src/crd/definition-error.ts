import { KubeError } from '../errors/index.js';

/** One thing that is wrong with a definition. */
export interface DefinitionProblem {
  /** Where: `spec.ports[].name`, with `[]` for the items of a list and `[*]` for the values of a map; `group`, `plural` and so on. */
  readonly path: string;
  /** The problem, and the way to write it instead. */
  readonly message: string;
}

/**
 * A resource is defined in a way that no CustomResourceDefinition can express, or that a server would refuse: thrown where it is defined,
 * with everything that is wrong, so that never a weaker schema than the one written is installed.
 */
export class DefinitionError extends KubeError {
  static {
    DefinitionError.prototype.name = 'DefinitionError';
  }

  override readonly code = 'ERR_KUBE_DEFINITION';
  /** All that is wrong, in the order of the definition. */
  readonly problems: readonly DefinitionProblem[];

  constructor(what: string, problems: readonly DefinitionProblem[]) {
    const lines = problems.map(({ path, message }) => `- ${path}: ${message}`);
    super(`${what} cannot be defined like this:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
