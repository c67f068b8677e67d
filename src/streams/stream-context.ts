import type { Destination, RequestContext } from '../errors/index.js';
import type { Transport, TransportRequest } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';

/** The connection that streams are opened over, as one user. */
export interface StreamContext {
  readonly transport: Transport;
  /** Sent with every request, such as the user to impersonate. */
  readonly headers: NonNullable<TransportRequest['headers']>;
  readonly clock: Clock;
  /** Aborted when the cluster handle is closed. */
  readonly closed: AbortSignal;
  /** The server and the user, for errors. */
  readonly destination?: Destination | undefined;
}

/** A subresource that streams, such as `/api/v1/namespaces/shop/pods/web-0/exec`. */
export interface StreamTarget {
  /** Without the query, segments encoded. */
  readonly path: string;
  /** The beginning of error messages. */
  readonly request: RequestContext;
}

/** Options that every stream takes. */
export interface StreamOptions {
  /** Ends the stream: what is under way rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline for opening the stream, in milliseconds. Default 30 000. */
  readonly openTimeoutMs?: number | undefined;
}

/** Encodes a query; undefined values are left out, lists are repeated, names are sorted as kubectl does. */
export function streamQuery(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(values).sort()) {
    const value = values[name];
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(name, String(one));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
