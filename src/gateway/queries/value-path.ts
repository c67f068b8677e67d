import { InvalidRequestError } from '../../errors/index.js';
import { isObject } from '../../util/json-value.js';

type Step = string | typeof every;
const every = Symbol('every');

const MOST_STEPS = 20;
const step = /\.?([^.[\]]+)|\[\*\]|\[(\d+)\]|\['([^']*)'\]/y;

/** The place of a value inside an object, such as `spec.containers[*].image`. */
export class ValuePath {
  readonly #steps: readonly Step[];

  /** Throws an `InvalidRequestError` for a text that is not a path. */
  constructor(readonly text: string) {
    const steps: Step[] = [];
    step.lastIndex = text.startsWith('.') ? 1 : 0;
    while (step.lastIndex < text.length) {
      const found = step.exec(text);
      if (found === null || steps.length === MOST_STEPS)
        throw new InvalidRequestError(
          `cannot read the field ${JSON.stringify(text)}: it is not a path. Write it as in status.phase.`,
        );
      steps.push(found[1] ?? found[2] ?? found[3] ?? every);
    }
    if (steps.length === 0)
      throw new InvalidRequestError('cannot read a field without a name. Write it as in status.phase.');
    this.#steps = steps;
  }

  /** The name of the first or second step, if it has one. */
  step(at: number): string | undefined {
    const one = this.#steps[at];
    return typeof one === 'string' ? one : undefined;
  }

  /** Returns the value, or undefined. With `[*]` returns a list. */
  read(object: unknown): unknown {
    return read(object, this.#steps, 0);
  }

  /** Returns the value inside what the first `steps` steps lead to. */
  readFrom(value: unknown, steps: number): unknown {
    return read(value, this.#steps, steps);
  }
}

function read(value: unknown, steps: readonly Step[], at: number): unknown {
  let inner = value;
  for (let index = at; index < steps.length; index++) {
    const one = steps[index];
    if (one === every) {
      if (!Array.isArray(inner)) return undefined;
      return inner.flatMap((item: unknown) => read(item, steps, index + 1) ?? []);
    }
    if (typeof one !== 'string') return undefined;
    if (Array.isArray(inner)) inner = inner[Number(one)];
    else if (isObject(inner) && Object.hasOwn(inner, one)) inner = inner[one];
    else return undefined;
  }
  return inner;
}
