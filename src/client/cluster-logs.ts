import { checkOptions, type KeysOf } from '../errors/check-options.js';
import type { ApiCaller } from './api-caller.js';
import { logOptions, selection } from './known-options.js';
import type { ClusterLogLine, ClusterLogsOptions } from './merged-logs.js';

const clusterLogsOptions: KeysOf<ClusterLogsOptions> = {
  ...logOptions,
  ...selection,
  namespace: true,
  container: true,
  onError: true,
};

/** The logs of many pods as one stream. Nothing is sent before it is iterated; leaving the loop closes all connections. */
export class ClusterLogs implements AsyncIterable<ClusterLogLine> {
  readonly #caller: ApiCaller;
  readonly #options: ClusterLogsOptions & { readonly namespace: string };

  constructor(caller: ApiCaller, options: ClusterLogsOptions & { readonly namespace: string }) {
    checkOptions('cluster.logs', options, clusterLogsOptions);
    this.#caller = caller;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ClusterLogLine> {
    const { mergedLogs } = await import('./merged-logs.js');
    yield* mergedLogs(this.#caller, this.#options);
  }
}
