import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../errors/index.js';

/** Gets what the server wants its users to know: deprecated versions, unknown fields, risky settings. */
export type WarningHandler = (message: string, request: RequestContext) => void;

/** The most messages that are remembered. Older ones may be reported again. */
const REMEMBERED = 1000;

/** Hands each different warning to the handler once. The call goes on whatever the handler throws, which becomes a process warning. */
export class Warnings {
  readonly #seen = new LRUCache<string, true>({ max: REMEMBERED });
  readonly #handler: WarningHandler | undefined;

  constructor(handler: WarningHandler | undefined) {
    this.#handler = handler;
  }

  /** Takes the `Warning` headers of one response. */
  report(header: string | readonly string[] | undefined, request: RequestContext): void {
    if (this.#handler === undefined || header === undefined) return;
    for (const message of (typeof header === 'string' ? [header] : header).flatMap(parseWarnings)) {
      if (this.#seen.has(message)) continue;
      this.#seen.set(message, true);
      try {
        this.#handler(message, request);
      } catch (error) {
        process.emitWarning(`onWarning failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}

/**
 * The texts in a `Warning` header (RFC 7234, 5.5): `299 agent "text"`, several joined by commas. Code 299 is the one API servers use;
 * others are a proxy's business.
 */
function parseWarnings(header: string): string[] {
  const texts: string[] = [];
  for (const match of header.matchAll(/(\d{3}) [^\s"]+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/g)) {
    if (match[1] === '299') texts.push((match[2] ?? '').replace(/\\(.)/g, '$1'));
  }
  return texts;
}
