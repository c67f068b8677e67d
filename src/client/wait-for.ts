import { isApiError, isDecodingError, isKubeError, type RequestContext, TimeoutError } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';
import { anySignal, deadlineSignal, type OwnedSignal } from '../util/abort.js';
import { Backoff } from '../util/backoff.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import type { ListRequest } from './list-request.js';
import type { ListOptions, WaitOptions, WatchOptions } from './options.js';

/** Where the states come from. */
interface Source<T extends KubeObject> {
  list(options: ListOptions): ListRequest<T>;
  watch(options: WatchOptions): AsyncIterable<{ readonly type: string; readonly object?: T }>;
}

interface Around {
  readonly context: RequestContext;
  readonly shared: { readonly clock: Clock; readonly random: Random };
}

/**
 * Reads the object by a list of one, then watches from exactly there: no state in between is missed. When the watch ends, or trouble
 * passes (lost connections, 410, 429, 5xx), it reads again. What will not pass, such as a 403, is thrown.
 */
export async function waitFor<T extends KubeObject>(
  source: Source<T>,
  name: string,
  condition: (object: T | undefined) => boolean,
  options: WaitOptions & Around,
): Promise<T | undefined> {
  const { clock, random } = options.shared;
  const deadline = signalFor(options);
  const { signal } = deadline;
  const fields = { 'metadata.name': name };
  const backoff = new Backoff({ clock, random });
  try {
    for (;;) {
      try {
        const { items, resourceVersion } = await source.list({ fields, signal, pageSize: 0 }).page();
        const [found] = items;
        if (condition(found)) return found;
        for await (const event of source.watch({ fields, signal, resourceVersion })) {
          backoff.reset();
          const object = event.type === 'DELETED' ? undefined : event.object;
          if (condition(object)) return object;
        }
        // A server that ends watches at once is asked again slowly.
        await clock.sleep(backoff.next(), { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!passes(error)) throw error;
        await clock.sleep(backoff.nextAfter(isApiError(error) ? error.retryAfterMs : undefined), { signal });
      }
    }
  } finally {
    deadline.dispose();
  }
}

function signalFor({ timeoutMs, signal, context, shared }: WaitOptions & Around): OwnedSignal {
  if (timeoutMs === undefined) return anySignal(signal);
  const reason = () =>
    new TimeoutError(`the condition did not hold within ${timeoutMs} ms`, {
      deadline: 'wait',
      timeoutMs,
      request: context,
    });
  return deadlineSignal(shared.clock, timeoutMs, reason, signal);
}

/** Reports whether another attempt may help. Errors of the caller's own condition end the wait. */
function passes(error: unknown): boolean {
  if (isApiError(error)) return error.isGone || error.isTooManyRequests || error.httpStatus >= 500;
  return (
    isKubeError(error, 'ERR_KUBE_NETWORK') ||
    isKubeError(error, 'ERR_KUBE_TIMEOUT') ||
    // A torn stream may recover. A server that answers a list with an HTML page is not an API server.
    (isDecodingError(error) && error.request?.verb === 'watch')
  );
}
