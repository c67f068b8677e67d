import type { CredentialSource } from '../config/credentials.js';
import type { ClientCertificate, TlsSettings } from '../config/tls-settings.js';
import { InvalidRequestError } from '../errors/index.js';
import { abortable } from '../util/abort.js';
import type { DialedConnection, Transport, TransportRequest, TransportResponse } from './transport.js';

/**
 * Puts credentials on every request. After a 401 they are refreshed once and the request is sent once more: the server has not
 * looked at it, so that is safe for any method. Requests that were refused together share one refresh.
 */
export class AuthorizingTransport implements Transport {
  readonly #inner: Transport;
  readonly #credentials: CredentialSource | undefined;
  readonly #tls: TlsSettings | undefined;
  #refreshing: Promise<boolean> | undefined;
  #certificate: ClientCertificate | undefined;

  /** Without credentials, the client certificate's files alone are looked at after a 401. */
  constructor(inner: Transport, credentials: CredentialSource | undefined, tls?: TlsSettings | undefined) {
    this.#inner = inner;
    this.#credentials = credentials;
    this.#tls = tls;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const used = await this.#show(request.signal);
    const response = await this.#inner.send(authorized(request, used));
    if (response.status !== 401) return response;
    let again: boolean;
    try {
      again = await this.#another(used, request.signal);
    } catch (error) {
      response.body.cancel();
      throw error;
    }
    if (!again) return response;
    response.body.cancel();
    return this.#inner.send(authorized(request, await this.#show(request.signal)));
  }

  async dial(signal?: AbortSignal): Promise<DialedConnection> {
    if (this.#inner.dial === undefined) throw new InvalidRequestError('this transport has no connections of its own');
    const used = await this.#show(signal);
    const dialed = await this.#inner.dial(signal);
    const refresh = () => this.#another(used, signal);
    return { ...dialed, headers: { ...dialed.headers, ...used.headers }, refresh };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Reports whether there are credentials other than the refused ones. */
  async #another(used: Shown, signal: AbortSignal | undefined): Promise<boolean> {
    // Another request that was refused may have brought new ones meanwhile.
    if (this.#refreshing === undefined && !same(await this.#show(signal), used)) return true;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return abortable(this.#refreshing, signal);
  }

  async #refresh(): Promise<boolean> {
    const fresh = (await this.#credentials?.refresh()) ?? false;
    if ((await this.#tls?.changed()) !== true) return fresh;
    this.#inner.renewConnections?.();
    return true;
  }

  async #show(signal: AbortSignal | undefined): Promise<Shown> {
    const headers = (await this.#credentials?.headers(signal)) ?? {};
    const certificate = await this.#credentials?.clientCertificate?.(signal);
    // A connection belongs to the certificate it was made with.
    if (this.#certificate !== undefined && certificate !== this.#certificate) this.#inner.renewConnections?.();
    this.#certificate = certificate;
    return { headers, certificate };
  }
}

/** The credentials of one request. */
interface Shown {
  readonly headers: { readonly [name: string]: string };
  readonly certificate: ClientCertificate | undefined;
}

function same(a: Shown, b: Shown): boolean {
  return a.headers.authorization === b.headers.authorization && a.certificate === b.certificate;
}

function authorized(request: TransportRequest, { headers }: Shown): TransportRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}
