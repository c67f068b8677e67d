/** A value that the types of its kind do not allow, so that protobuf has no place for it. Says where, never what the value is. */
export class UnencodableError extends Error {
  override readonly name = 'UnencodableError';
  /** Where it stands, such as `spec.containers[0].image`; empty for the object itself. */
  path = '';
  readonly #wanted: string;

  /** `wanted` is what belongs there, such as `a string`. */
  constructor(wanted: string, value: unknown, cause?: unknown) {
    super(`${wanted} belongs here, not ${kindOf(value)}`, cause === undefined ? undefined : { cause });
    this.#wanted = `${wanted} belongs there, not ${kindOf(value)}`;
  }

  /** The same, from one step further out: `spec`, or `[0]`. */
  under(step: string): this {
    this.path = this.path === '' || this.path.startsWith('[') ? step + this.path : `${step}.${this.path}`;
    this.message = `${this.path}: ${this.#wanted}`;
    return this;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
