import { ByteLengthQueuingStrategy } from 'node:stream/web';
import type { ResponseBody } from '../transport/transport.js';

/** Turns the body of an answer into a web stream. A slow reader stops the connection. */
export function bodyStream(body: ResponseBody, explain: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  let wake: () => void = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const take = (chunk: Uint8Array): Promise<void> | undefined => {
          // The chunk is read over as soon as this returns.
          controller.enqueue(Uint8Array.from(chunk));
          if ((controller.desiredSize ?? 0) > 0) return undefined;
          return new Promise((resolve) => {
            wake = resolve;
          });
        };
        body.consume(take).then(
          () => controller.close(),
          (error: unknown) => controller.error(explain(error)),
        );
      },
      pull: () => wake(),
      cancel: () => {
        body.cancel();
        wake();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}
