import { type FieldError, invalidValue, notSupported, required, tooLong, tooMany } from '../object/field-error.js';

interface Finding {
  /** The text by which findings are equal: each is reported once. */
  readonly text: string;
  /** The path of the field; undefined for what is said of the value as a whole. */
  readonly path: string | undefined;
  readonly at: (field: string) => FieldError;
}

/** The faults of one value, and the number of checks that it passed. */
export class Findings {
  readonly #found = new Map<string, Finding>();
  /** The number of checks that the value has passed or failed. Of several failures, the one with the most came closest. */
  matches = 0;

  get isValid(): boolean {
    return this.#found.size === 0;
  }

  /** Counts a check. */
  count(): void {
    this.matches++;
  }

  /** Takes over what another has found. */
  merge(other: Findings | undefined): void {
    if (other === undefined) return;
    for (const finding of other.#found.values()) this.#add(finding);
    this.matches += other.matches;
  }

  /** The same without what was found. */
  ignored(): Findings {
    const out = new Findings();
    out.matches = this.matches;
    return out;
  }

  invalid(path: string, value: unknown, why: string): void {
    this.#add({ text: why, path, at: (field) => invalidValue(field, value, why) });
  }

  /** `value` is the value, or the name of its type. */
  wrongType(path: string, type: string, value: string): void {
    const why = `${path} in body must be of type ${type}: ${JSON.stringify(value)}`;
    const at = (field: string) => ({ ...invalidValue(field, value, why), reason: 'FieldValueTypeInvalid' });
    this.#add({ text: why, path, at });
  }

  notAllowed(path: string, value: unknown, allowed: readonly unknown[]): void {
    const words = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    const at = (field: string) => notSupported(field, value, words);
    this.#add({ text: `${path} in body should be one of [${words.join(' ')}]`, path, at });
  }

  tooLong(path: string, max: number): void {
    const text = `${path} in body should be at most ${max} chars long`;
    this.#add({ text, path, at: (field) => tooLong(field, max) });
  }

  tooMany(path: string, actual: number, max: number): void {
    const text = `${path} in body should have at most ${max} items`;
    this.#add({ text, path, at: (field) => tooMany(field, actual, max) });
  }

  required(path: string): void {
    this.#add({ text: `${path} in body is required`, path, at: (field) => required(field) });
  }

  /** Something about the value as a whole, which names the field in its text alone. */
  whole(why: string): void {
    this.#add({ text: why, path: undefined, at: (field) => invalidValue(field, '', why) });
  }

  /** Returns the findings as errors of fields below `prefix`. */
  fieldErrors(prefix: string): FieldError[] {
    return [...this.#found.values()].map(({ path, at }) => {
      const name = path === undefined || path === '.' ? '' : path.replace(/^\./, '');
      const field = name === '' ? prefix : prefix === '' ? name : `${prefix}.${name}`;
      return at(field === '' ? '<nil>' : field);
    });
  }

  #add(finding: Finding): void {
    if (!this.#found.has(finding.text)) this.#found.set(finding.text, finding);
  }
}
