import { InvalidRequestError } from '../errors/index.js';
import { GoPattern } from '../util/go-pattern.js';

/** The default patterns: those of kubectl 1.36. */
export const defaultFilter = {
  acceptPaths: '^.*',
  rejectPaths: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
  acceptHosts: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
  rejectMethods: '^$',
} as const;

/** Patterns in Go's syntax, several separated by commas. */
export type FilterPatterns = { readonly [name in keyof typeof defaultFilter]?: string | undefined };

/** A request to the API, as the filter sees it. */
export interface FilteredRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly accepted: boolean;
}

/** Decides which requests reach the API. Static files are not filtered. */
export class RequestFilter {
  readonly #acceptPaths: readonly GoPattern[];
  readonly #rejectPaths: readonly GoPattern[];
  readonly #acceptHosts: readonly GoPattern[];
  readonly #rejectMethods: readonly GoPattern[];

  /** Throws an `InvalidRequestError` for a pattern that is not valid. */
  constructor(patterns: FilterPatterns = {}) {
    this.#acceptPaths = compiled('acceptPaths', patterns);
    this.#rejectPaths = compiled('rejectPaths', patterns);
    this.#acceptHosts = compiled('acceptHosts', patterns);
    this.#rejectMethods = compiled('rejectMethods', patterns);
  }

  /** Returns true if a request may pass. `host` is the value of its `Host` header. */
  accepts(method: string, path: string, host: string): boolean {
    const matches = (patterns: readonly GoPattern[], text: string) => patterns.some((pattern) => pattern.test(text));
    if (matches(this.#rejectPaths, path) || matches(this.#rejectMethods, method)) return false;
    return matches(this.#acceptPaths, path) && matches(this.#acceptHosts, withoutPort(host));
  }
}

function compiled(name: keyof typeof defaultFilter, patterns: FilterPatterns): GoPattern[] {
  const text = patterns[name] ?? defaultFilter[name];
  if (text === '') return [];
  return text.split(',').map((part) => {
    const pattern = GoPattern.compile(part);
    if (typeof pattern !== 'string') return pattern;
    throw new InvalidRequestError(
      `cannot use ${name} ${JSON.stringify(part)}: ${pattern}. Pass a pattern in Go's syntax.`,
    );
  });
}

/** Returns the host of `localhost:8001` and `[::1]:8001`, without brackets. Anything else, such as `[::1]`, stays as it is. */
export function withoutPort(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/.exec(host) ?? [];
  return bracketed ?? plain ?? host;
}
