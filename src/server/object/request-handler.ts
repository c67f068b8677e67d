import type { ServerRequest, ServerResponse } from './message.js';

/** A handler of requests without a socket, such as `ApiServer`. */
export interface RequestHandler {
  /** Answers one request. Failures are answers too: it does not reject. */
  handle(request: ServerRequest): Promise<ServerResponse>;
}
