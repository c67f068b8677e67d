import type { CredentialSource } from '../config/credentials.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

/**
 * Puts credentials on every request. After a 401 they are refreshed once and the request is sent once more: the server has not
 * looked at it, so that is safe for any method.
 */
export class AuthorizingTransport implements Transport {
  readonly #inner: Transport;
  readonly #credentials: CredentialSource;

  constructor(inner: Transport, credentials: CredentialSource) {
    this.#inner = inner;
    this.#credentials = credentials;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#authorized(request);
    if (response.status !== 401 || !(await this.#credentials.refresh(request.signal))) return response;
    response.body.cancel();
    return this.#authorized(request);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #authorized(request: TransportRequest): Promise<TransportResponse> {
    const headers = await this.#credentials.headers(request.signal);
    return this.#inner.send({ ...request, headers: { ...request.headers, ...headers } });
  }
}
