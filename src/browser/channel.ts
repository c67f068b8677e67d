import type { ClientMessage, QueryKind, ServerMessage } from './protocol.js';

/** One query, call or stream on the connection. */
export interface Channel {
  /** Sends the message that opens it. Called whenever the connection is there, so that queries resume. */
  start(id: number): void;
  receive(message: ServerMessage): void;
  /** The connection was lost, or there is none. It comes back by itself unless `isFinal`. */
  lost(isFinal: boolean): void;
}

/** The part of the connection that queries, calls and streams use. */
export interface Link {
  /** Gives a channel its id. Starts it at once, or when the connection is there. */
  attach(channel: Channel): number;
  /** Forgets a channel. Whatever still arrives for it is dropped. */
  detach(id: number): void;
  /** Sends a message; drops it without a connection. */
  send(message: ClientMessage): void;
}

/** A kind as its descriptor (`Pod`) has it. The browser needs no more of it. */
export interface KindLike {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Returns the name by which the gateway knows a kind. */
export function queryKind({ group, version, kind }: KindLike): QueryKind {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}
