import { RE2JS, RE2JSException } from 're2js';

/**
 * A regular expression of Go's syntax (RE2). It matches in time linear in the text, whatever the pattern, so that untrusted
 * patterns are safe. JavaScript's own `RegExp` backtracks and is not.
 */
export class GoPattern {
  readonly #compiled: RE2JS;

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  /** Compiles a pattern. Returns Go's error message if the pattern is not valid. */
  static compile(pattern: string): GoPattern | string {
    try {
      return new GoPattern(RE2JS.compile(pattern));
    } catch (error) {
      if (error instanceof RE2JSException) return error.message;
      throw error;
    }
  }

  /** The number of instructions of the compiled pattern: a measure of its memory. */
  get size(): number {
    return this.#compiled.programSize();
  }

  /** Returns true if the pattern matches anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** Returns the leftmost match, or undefined without one. */
  find(text: string): string | undefined {
    const [first] = this.findAll(text, 1);
    return first;
  }

  /** Returns the first `most` matches that do not overlap, from left to right. An empty match right after another does not count. */
  findAll(text: string, most = Number.POSITIVE_INFINITY): string[] {
    const matcher = this.#compiled.matcher(text);
    const found: string[] = [];
    let end = -1;
    while (found.length < most && matcher.find()) {
      if (matcher.end() === end && matcher.start() === end) continue;
      end = matcher.end();
      found.push(matcher.group() ?? '');
    }
    return found;
  }
}

/** The instructions that all remembered patterns may have together. A pattern has at most a few thousand. */
const maxInstructions = 100_000;

/** Remembers the patterns used last, within `maxInstructions`. */
class PatternCache {
  readonly #entries = new Map<string, GoPattern | string>();
  #instructions = 0;

  get(pattern: string): GoPattern | string {
    const known = this.#entries.get(pattern);
    if (known !== undefined) {
      this.#entries.delete(pattern);
      this.#entries.set(pattern, known);
      return known;
    }
    const made = GoPattern.compile(pattern);
    this.#entries.set(pattern, made);
    this.#instructions += weightOf(pattern, made);
    for (const [oldest, entry] of this.#entries) {
      if (this.#instructions <= maxInstructions || oldest === pattern) break;
      this.#entries.delete(oldest);
      this.#instructions -= weightOf(oldest, entry);
    }
    return made;
  }
}

/** The weight of an entry, in instructions. Every entry has some, so that the number of entries is bounded too. */
function weightOf(pattern: string, entry: GoPattern | string): number {
  return 64 + pattern.length + (typeof entry === 'string' ? entry.length : entry.size);
}

const cache = new PatternCache();

/** Returns the compiled pattern, or Go's error message if the pattern is not valid. */
export function goPattern(pattern: string): GoPattern | string {
  return cache.get(pattern);
}

/** Returns Go's error message for a pattern, or undefined if it is valid. */
export function goPatternFault(pattern: string): string | undefined {
  const compiled = cache.get(pattern);
  return typeof compiled === 'string' ? compiled : undefined;
}

/** Returns true if the pattern matches anywhere in the text. An invalid pattern matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  const compiled = cache.get(pattern);
  return typeof compiled !== 'string' && compiled.test(text);
}
