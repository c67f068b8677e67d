import type { ServerResponse } from '../object/message.js';

/** Calls `end` when the whole body was read, or will not be read. */
export function endingWith(response: ServerResponse, end: () => void): ServerResponse {
  const { body } = response;
  if (body instanceof Uint8Array) {
    end();
    return response;
  }
  return { ...response, body: { [Symbol.asyncIterator]: () => endingIterator(body[Symbol.asyncIterator](), end) } };
}

function endingIterator(chunks: AsyncIterator<Uint8Array>, end: () => void): AsyncIterator<Uint8Array> {
  return {
    async next() {
      try {
        const next = await chunks.next();
        if (next.done === true) end();
        return next;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      await chunks.return?.();
      return { done: true, value: undefined };
    },
  };
}
