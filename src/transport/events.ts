import { channel } from 'node:diagnostics_channel';
import type { TransportRequest } from './transport.js';

// What is told here holds neither headers nor bodies nor queries: nothing secret can be in it.

/** On `keelson:request:start`: a request is about to be sent. Every try is one. */
export interface RequestStartEvent {
  /** The same object in all events of one try. */
  readonly request: object;
  readonly method: TransportRequest['method'];
  /** Without the query. */
  readonly path: string;
  /** `host:port` of the server. */
  readonly host: string;
  readonly kind: TransportRequest['kind'];
  /** Length of the body. */
  readonly bytesSent: number;
  /** 0 for the first try, 1 for the first retry. */
  readonly attempt: number;
}

/** On `keelson:request:headers`: status and headers have come. */
export interface RequestHeadersEvent extends RequestStartEvent {
  readonly status: number;
  /** Since the start. */
  readonly durationMs: number;
}

/** On `keelson:request:end`: it is over, whichever way. */
export interface RequestEndEvent extends RequestStartEvent {
  /** Absent when no answer came. */
  readonly status?: number | undefined;
  readonly durationMs: number;
  /** Bytes of the body that came, as they came (compressed ones count so). */
  readonly bytesReceived: number;
  /** Why it did not end well: the error's own word (`ERR_KUBE_NETWORK`, `ERR_KUBE_TIMEOUT`) or `aborted`. */
  readonly error?: string | undefined;
}

/** On `keelson:request:retry`: a request is going to be sent once more. */
export interface RequestRetryEvent {
  readonly method: TransportRequest['method'];
  readonly path: string;
  readonly host: string;
  /** 1 for the first retry. */
  readonly attempt: number;
  readonly waitMs: number;
  /** Why: the status that came, or the error's word. */
  readonly reason: string;
  /** The status that came, if one did. */
  readonly status?: number | undefined;
}

/** The channels, for whoever publishes. */
export const requestChannels = {
  start: channel('keelson:request:start'),
  headers: channel('keelson:request:headers'),
  end: channel('keelson:request:end'),
  retry: channel('keelson:request:retry'),
};

/** The path of a request without its query. */
export function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
