import type { Resource, Table } from '../meta/index.js';
import { tableIn } from './answers.js';
import type { ApiCaller } from './api-caller.js';
import { checkVerbOptions } from './known-options.js';
import type { CallOptions } from './options.js';
import { acceptFor, type TableOptions, type TableReader } from './projections.js';
import { selectionQuery } from './query.js';
import { checkName, checkScope, contextOf, pathOf } from './target.js';

/** Reads the objects of a kind as tables, which are always JSON. */
export class TableClient implements TableReader {
  readonly #caller: ApiCaller;
  readonly #describe: () => Promise<Resource>;
  readonly #namespace: string | undefined;

  /** `describe` gives the kind, perhaps by discovery. */
  constructor(caller: ApiCaller, describe: () => Promise<Resource>, namespace: string | undefined) {
    this.#caller = caller;
    this.#describe = describe;
    this.#namespace = namespace;
  }

  async get(name: string, options: CallOptions = {}): Promise<Table> {
    checkVerbOptions('table.get', options);
    const target = { resource: await this.#describe(), namespace: this.#namespace };
    const context = contextOf(target, 'get');
    checkScope(target, context);
    checkName(name, 'name', context);
    const accept = acceptFor(this.#caller.codec, 'table', false);
    const named = { ...context, name };
    const call = { context: named, method: 'GET' as const, path: pathOf(target, name), accept, options };
    return tableIn(await this.#caller.call(call), named);
  }

  async list(options: TableOptions = {}): Promise<Table> {
    checkVerbOptions('table.list', options);
    const target = { resource: await this.#describe(), namespace: this.#namespace };
    const context = contextOf(target, 'list');
    const query = { ...selectionQuery(options), limit: options.limit, continue: options.continue };
    const accept = acceptFor(this.#caller.codec, 'table', true);
    const call = { context, method: 'GET' as const, path: pathOf(target), query, accept, options };
    return tableIn(await this.#caller.call(call), context);
  }
}
