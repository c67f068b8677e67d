import { translatePattern } from './go-pattern-translation.js';

const compiled = new Map<string, RegExp | undefined>();
const maxCompiled = 1_000;

/** Whether a text matches a pattern of Go's regular expressions. Nothing matches a pattern that cannot be read. */
export function matchesPattern(pattern: string, text: string): boolean {
  return goPattern(pattern)?.test(text) ?? false;
}

/** A pattern of Go's regular expressions (RE2) as one of JavaScript's; undefined for one that cannot be read. */
export function goPattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const made = compile(pattern);
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string): RegExp | undefined {
  const translated = translatePattern(pattern);
  if (translated === undefined) return undefined;
  try {
    // Unicode mode counts characters as Go does.
    return new RegExp(translated.source, translated.ignoreCase ? 'ui' : 'u');
  } catch {
    return undefined;
  }
}
