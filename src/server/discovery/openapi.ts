import type { ServerRequest, ServerResponse } from '../http/message.js';
import { noCache } from '../http/respond.js';
import type { Scheme } from '../scheme/scheme.js';

/** `/openapi/v3` and its documents. */
export async function openApiResponse(
  _scheme: Scheme,
  _segments: readonly string[],
  _request: ServerRequest,
): Promise<ServerResponse> {
  return { status: 404, headers: { ...noCache }, body: new Uint8Array() };
}
