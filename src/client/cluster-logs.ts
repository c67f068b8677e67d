import type { ApiCaller } from './api-caller.js';
import type { ClusterLogLine, ClusterLogsOptions } from './merged-logs.js';

/** The logs of many pods as one stream. Nothing is sent before it is iterated; leaving the loop closes all connections. */
export class ClusterLogs implements AsyncIterable<ClusterLogLine> {
  readonly #caller: ApiCaller;
  readonly #options: ClusterLogsOptions & { readonly namespace: string };

  constructor(caller: ApiCaller, options: ClusterLogsOptions & { readonly namespace: string }) {
    this.#caller = caller;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ClusterLogLine> {
    const { mergedLogs } = await import('./merged-logs.js');
    yield* mergedLogs(this.#caller, this.#options);
  }
}
