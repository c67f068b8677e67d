import { CodegenError, type FetchJson } from '../codegen/index.js';
import { apiErrorFromResponse } from '../errors/index.js';
import type { Transport, TransportRequest } from '../transport/transport.js';

/** The headers beside the transport's credentials, such as the user to act as. */
type Headers = NonNullable<TransportRequest['headers']>;

/**
 * Gets JSON documents from the cluster behind a transport. Rejects with a `CodegenError` for any status but 200 and for a body that is
 * not JSON, or with the error of the transport.
 */
export function clusterJson(transport: Transport, headers: Headers = {}): FetchJson {
  return async (path, accept) => {
    const response = await transport.send({ method: 'GET', path, headers: { accept, ...headers }, kind: 'unary' });
    const body = await response.body.bytes();
    if (response.status !== 200) {
      const cause = apiErrorFromResponse({ status: response.status, headers: response.headers, body });
      throw new CodegenError(`The cluster answered GET ${path} with ${response.status}`, { cause });
    }
    try {
      return JSON.parse(new TextDecoder().decode(body)) as unknown;
    } catch (cause) {
      throw new CodegenError(`The cluster answered GET ${path} with something else than JSON`, { cause });
    }
  };
}
