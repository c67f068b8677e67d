import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { onAbort } from '../../util/abort.js';
import type { ServerContext } from '../object/server-context.js';
import type { UserInfo } from '../object/user.js';
import { callProblem } from '../outbound/call-problem.js';
import { type ServicePort, serviceAddress } from '../outbound/service-address.js';
import type { RemoteApi } from './remote-api.js';

/** Settings of the connections to the servers of aggregated APIs. */
export interface AggregationOptions {
  /** The client certificate that the other servers know this one by, and its key, in PEM: `--proxy-client-cert-file` and its key. */
  readonly proxyClient?: { readonly certificate: string; readonly key: string } | undefined;
  /**
   * Returns where a port of a Service is reached. Default: the first ready endpoint, or the `externalName` of a Service of that type.
   */
  readonly resolveService?:
    | ((service: ServicePort) => Promise<{ readonly host: string; readonly port: number }>)
    | undefined;
}

/** A request to another server. */
export interface RemoteRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string | string[] };
  readonly body?: Uint8Array | undefined;
  readonly user: UserInfo;
  readonly signal?: AbortSignal | undefined;
}

/** The response to a request for an upgrade. */
export interface UpgradeResponse {
  readonly message: IncomingMessage;
  /** The connection, if the other server has agreed. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer } | undefined;
}

/** A request to another server that got no response. The message says why in the words of kube-apiserver. */
class UnreachableError extends Error {}

const idleMs = 60_000;

/** The connections to the servers of aggregated APIs. They end when this server closes. */
export class RemoteConnections {
  readonly #server: ServerContext;
  readonly #options: AggregationOptions;
  readonly #agent = new Agent({ keepAlive: true, timeout: idleMs });

  constructor(server: ServerContext, options: AggregationOptions) {
    this.#server = server;
    this.#options = options;
    onAbort(server.closing, () => this.#agent.destroy());
  }

  /** Returns where a service is reached. Rejects when it has no endpoints. */
  resolve(service: ServicePort): Promise<{ readonly host: string; readonly port: number }> {
    return this.#options.resolveService?.(service) ?? serviceAddress(this.#server, service);
  }

  /** Sends a request on behalf of a user, and resolves with the response once it starts. Rejects with an `UnreachableError`. */
  async send(remote: RemoteApi, request: RemoteRequest): Promise<IncomingMessage> {
    return (await this.#open(remote, request, this.#agent)).message;
  }

  /** Asks for an upgrade on behalf of a user, over a connection of its own. After a 101 the connection is the caller's. */
  upgrade(remote: RemoteApi, request: RemoteRequest): Promise<UpgradeResponse> {
    return this.#open(remote, request, false);
  }

  async #open(remote: RemoteApi, request: RemoteRequest, agent: Agent | false): Promise<UpgradeResponse> {
    const { host, port } = await this.resolve(remote.service);
    const { service, ca } = remote;
    const { proxyClient } = this.#options;
    const sent = httpsRequest({
      agent,
      host,
      port,
      method: request.method,
      path: request.path,
      headers: { ...request.headers, ...userHeaders(request.user), host: `${host}:${port}` },
      servername: `${service.name}.${service.namespace}.svc`,
      rejectUnauthorized: !remote.insecureSkipTLSVerify,
      ...(ca === undefined ? {} : { ca }),
      ...(proxyClient === undefined ? {} : { cert: proxyClient.certificate, key: proxyClient.key }),
    });
    const stops = [request.signal, this.#server.closing].map((signal) => onAbort(signal, () => sent.destroy()));
    sent.on('close', () => {
      for (const stop of stops) stop();
    });
    return new Promise((resolve, reject) => {
      sent.on('response', (message) => resolve({ message }));
      sent.on('upgrade', (message, socket, head) => resolve({ message, upgraded: { socket, head } }));
      sent.on('error', (error) => reject(new UnreachableError(callProblem(error, host, port))));
      sent.end(request.body);
    });
  }
}

/** Returns the headers that name a user to the other server, which believes them because of the client certificate. */
function userHeaders({ username, uid, groups, extra = {} }: UserInfo): { [name: string]: string | string[] } {
  const headers: { [name: string]: string | string[] } = { 'x-remote-user': asBytes(username) };
  if (uid !== undefined && uid !== '') headers['x-remote-uid'] = asBytes(uid);
  if (groups.length > 0) headers['x-remote-group'] = groups.map(asBytes);
  for (const [key, values] of Object.entries(extra)) headers[`x-remote-extra-${escapedKey(key)}`] = values.map(asBytes);
  return headers;
}

/** Node takes a character of a header for a byte; other servers expect UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function escapedKey(key: string): string {
  const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte);
    return /[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(character) ? character : percent(byte);
  }).join('');
}
