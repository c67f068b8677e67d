import { isApiError, type RequestContext } from '../errors/index.js';
import type { ListOptions } from './options.js';
import { PageProgress } from './page-progress.js';

/** One answer to a list. */
export interface ListPage<T> {
  readonly items: T[];
  /** The state of the collection these items are from; all pages of one list have the same. A watch goes on from here. */
  readonly resourceVersion: string;
  /** Present while more follows: pass it as `continue`. */
  readonly continue?: string | undefined;
  /** The number of remaining items, if the server states it. It does not for lists with selectors. */
  readonly remainingItemCount?: number | undefined;
}

/** The query of one page of a list. */
export interface PageQuery {
  readonly limit: number;
  readonly continue: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
}

/** As many as kubectl asks for at a time (`--chunk-size`). */
const DEFAULT_PAGE_SIZE = 500;

/**
 * A list not yet fetched: iterate it for items across all pages, or call `page`, `pages` or `all`. Each use fetches anew.
 *
 * Pages are of one consistent state, which servers keep for a few minutes. If it is gone in mid-list (410), the whole list is fetched
 * once more without a limit at the newest version, as client-go's pager does: `all` gives that list; iteration goes on with the objects
 * it has not given yet, so an object comes once, perhaps in an older state than the rest. That is the only fallback.
 */
export class ListRequest<T> implements AsyncIterable<T> {
  readonly #fetch: (query: PageQuery) => Promise<ListPage<T>>;
  readonly #options: ListOptions;
  readonly #identity: (item: T) => string;
  readonly #request: RequestContext;

  /** `identity` tells objects apart, whatever their state; `request` is for errors. Made by `list()`. */
  constructor(
    fetch: (query: PageQuery) => Promise<ListPage<T>>,
    options: ListOptions,
    identity: (item: T) => string,
    request: RequestContext = {},
  ) {
    this.#fetch = fetch;
    this.#options = options;
    this.#identity = identity;
    this.#request = request;
  }

  /** One page: the first, or the one after `options.continue`. */
  page(): Promise<ListPage<T>> {
    return this.#fetch(this.#query(this.#options.continue));
  }

  /**
   * Page after page, without the fallback: a list that expires in between is an `ApiError` that is `isGone`. Throws `DecodingError` if the
   * server leads back to a page it has given.
   */
  async *pages(): AsyncGenerator<ListPage<T>, void, undefined> {
    const progress = new PageProgress(this.#request);
    let page = await this.page();
    progress.follow(page.continue ?? '', page.items.length);
    yield page;
    while (page.continue) {
      page = await this.#fetch(this.#query(page.continue));
      progress.follow(page.continue ?? '', page.items.length);
      yield page;
    }
  }

  /** All items at once. Holds the whole collection in memory: iterate instead where it may be large. */
  async all(): Promise<ListPage<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    try {
      for await (const page of this.pages()) {
        for (const item of page.items) items.push(item);
        resourceVersion = page.resourceVersion;
      }
      return { items, resourceVersion };
    } catch (error) {
      if (resourceVersion === '' || !isApiError(error) || !error.isGone) throw error;
      return this.#everything();
    }
  }

  /** All items, page by page. Throws the signal's reason as soon as it is aborted, whatever has come already. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { signal } = this.#options;
    const given = new Set<string>();
    let begun = false;
    const pages = this.pages();
    for (;;) {
      let next: IteratorResult<ListPage<T>, void>;
      try {
        next = await pages.next();
      } catch (error) {
        if (!begun || !isApiError(error) || !error.isGone) throw error;
        for (const item of (await this.#everything()).items) {
          if (given.has(this.#identity(item))) continue;
          signal?.throwIfAborted();
          yield item;
        }
        return;
      }
      if (next.done) return;
      begun = true;
      const more = Boolean(next.value.continue);
      for (const item of next.value.items) {
        // Only needed while another page may fail.
        if (more) given.add(this.#identity(item));
        signal?.throwIfAborted();
        yield item;
      }
    }
  }

  #everything(): Promise<ListPage<T>> {
    return this.#fetch({ limit: 0, continue: undefined, resourceVersion: undefined, resourceVersionMatch: undefined });
  }

  #query(token: string | undefined): PageQuery {
    const { pageSize = DEFAULT_PAGE_SIZE, resourceVersion, resourceVersionMatch } = this.#options;
    // A continue token holds its version; servers refuse both together.
    return token
      ? { limit: pageSize, continue: token, resourceVersion: undefined, resourceVersionMatch: undefined }
      : { limit: pageSize, continue: undefined, resourceVersion, resourceVersionMatch };
  }
}
