import { ApiFailure, type ClusterApi } from './api.js';
import { streamLines } from './stream-socket.js';

/** One event of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** Watches a path until the server ends the connection. Throws an `ApiFailure` for an error event, such as one that is expired. */
export async function* watchOnce<T>(
  api: ClusterApi,
  path: string,
  options: { readonly accept?: string; readonly signal: AbortSignal },
): AsyncGenerator<WatchEvent<T>> {
  const { accept = 'application/json', signal } = options;
  for await (const line of streamLines({ context: api.context, path, accept }, signal)) {
    if (line.trim() === '') continue;
    const event = JSON.parse(line) as WatchEvent<T>;
    if (event.type === 'ERROR') {
      const {
        code = 500,
        reason = '',
        message = '',
      } = event.object as { code?: number; reason?: string; message?: string };
      throw new ApiFailure(code, reason, message);
    }
    yield event;
  }
}

/** Waits, and rejects with the signal's reason when it aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
