import { DecodingError, type RequestContext } from '../errors/index.js';

/** The number of consecutive pages without an item that are accepted. A server may send some if there are selectors. */
const mostEmptyPages = 1000;

/** Watches over the pages of one list: each must lead to another one, so that a list ends whatever the server answers. */
export class PageProgress {
  readonly #tokens = new Set<string>();
  readonly #request: RequestContext;
  #empty = 0;

  /** `request` is for errors. */
  constructor(request: RequestContext) {
    this.#request = request;
  }

  /** Notes a page with so many items that goes on at `token`, empty for the last one. Throws `DecodingError` if it leads nowhere. */
  follow(token: string, items: number): void {
    if (token === '') return;
    this.#empty = items === 0 ? this.#empty + 1 : 0;
    if (this.#tokens.has(token)) this.#refuse('the server gave the same continue token twice');
    if (this.#empty > mostEmptyPages) this.#refuse(`the server gave ${this.#empty} pages without an item`);
    this.#tokens.add(token);
  }

  #refuse(why: string): never {
    throw new DecodingError(`the list does not end: ${why}`, { offset: 0, request: this.#request });
  }
}
