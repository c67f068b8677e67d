import { InvalidRequestError } from './local-errors.js';

/** The keys of an options type. The compiler refuses a list that lacks a key or has one too many. */
export type KeysOf<T> = { readonly [K in keyof T]-?: true };

/**
 * Refuses an option that does not exist, which would have no effect. TypeScript finds most of them; JavaScript does not. Throws an
 * `InvalidRequestError` that names the option and the nearest one that exists.
 */
export function checkOptions(caller: string, options: object, known: { readonly [key: string]: true }): void {
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, key)) continue;
    const names = Object.keys(known);
    const near = nearest(key, names);
    const advice = near === undefined ? `It takes ${names.join(', ')}.` : `Did you mean ${near}?`;
    throw new InvalidRequestError(
      `cannot use the option ${JSON.stringify(key)} of ${caller}: it does not exist. ${advice}`,
    );
  }
}

/** The name that differs from `key` in the fewest characters, if that is less than half of them. */
function nearest(key: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.ceil(key.length / 2);
  for (const name of names) {
    const distance = editDistance(key.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Counts the characters to insert, remove or replace to get from one text to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
