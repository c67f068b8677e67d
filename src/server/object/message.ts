import type { Duplex } from 'node:stream';
import type { RequestAudit } from './request-audit.js';
import type { UserInfo } from './user.js';

/** A request, independent of the connection it came on. */
export interface ServerRequest {
  readonly method: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** The header lines as they came, names and values by turns. Undefined for requests that came on no connection. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** The whole body, undefined without one. Readers stop one byte after `maxBodyBytes`, which the server then refuses. */
  readonly body?: Uint8Array | undefined;
  /** Reads the body of a request whose `body` was not read yet. The router calls it once the request is authorized. */
  readonly readBody?: (() => Promise<Uint8Array | undefined>) | undefined;
  /** Opens the body as a stream of any length, for a request that is passed on. Undefined without a body. */
  readonly openBody?: (() => AsyncIterable<Uint8Array> | undefined) | undefined;
  /** True if the response may take the connection over: the client asks for an upgrade. */
  readonly mayUpgrade?: boolean | undefined;
  /** Aborts when the client disconnects. Ends watches. */
  readonly signal?: AbortSignal | undefined;
  /** The authenticated user. Default: the user of an insecure port, who may do everything. */
  readonly user?: UserInfo | undefined;
  /** The address of the client, for the audit log. */
  readonly remoteAddress?: string | undefined;
  /** The audit record of the request, if requests are audited. */
  readonly audit?: RequestAudit | undefined;
}

/** A response. Read a streamed body to its end, or return its iterator. */
export interface ServerResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** The length of a streamed body in bytes, if it is known beforehand. */
  readonly length?: number | undefined;
  /** True for the response of another server, which reaches the client as it is. */
  readonly isPassedOn?: boolean | undefined;
  /** Returns the trailers of a streamed body, once it has been read. */
  readonly trailers?: (() => { readonly [name: string]: string | readonly string[] }) | undefined;
  /**
   * Takes the connection of an upgrade over, and writes the head itself. Resolves when the connection has ended. The body is empty then.
   */
  readonly takeOver?: ((connection: TakenConnection) => Promise<void>) | undefined;
}

/** The connection of an upgrade. */
export interface TakenConnection {
  readonly socket: Duplex;
  /** The bytes that the client sent after the head of its request. */
  readonly head: Uint8Array;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}

/** A whole body, or its chunks with their total length. */
export type SizedBody = Uint8Array | { readonly chunks: AsyncIterable<Uint8Array>; readonly length: number };

/** kube-apiserver's limit for request bodies: 3 MiB. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** Returns the first value of a header, or an empty string. */
export function header(request: ServerRequest, name: string): string {
  const value = request.headers[name];
  if (value === undefined) return '';
  return typeof value === 'string' ? value : (value[0] ?? '');
}

/** The media type of a response. */
export interface Media {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  /** A transformation of the object or list. */
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** The version of `meta.k8s.io` the transformation was asked in. */
  readonly metaVersion?: string | undefined;
  /** For `Table`: `includeObject` of the query decides what rows carry. */
  readonly contentType: string;
}

/** Returns the request with another user or body. Its signal stays a getter: it is made only when it is asked for. */
export function changedRequest(
  request: ServerRequest,
  change: Pick<ServerRequest, 'user' | 'body' | 'readBody'>,
): ServerRequest {
  const copied: { readonly [field in keyof Required<ServerRequest>]: ServerRequest[field] } = {
    method: request.method,
    path: request.path,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: change.body,
    readBody: change.readBody,
    openBody: request.openBody,
    mayUpgrade: request.mayUpgrade,
    get signal() {
      return request.signal;
    },
    user: change.user,
    remoteAddress: request.remoteAddress,
    audit: request.audit,
  };
  return copied;
}
