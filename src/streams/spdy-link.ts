import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { SpdyConnection, type SpdyConnectionOptions, SpdyError } from '../stream-codec/index.js';
import type { Clock, Timer } from '../util/clock.js';
import { WebSocketLink } from './web-socket-link.js';

/** A SPDY connection to the server, and the way to end what carries it. */
export interface SpdyLink {
  readonly connection: SpdyConnection;
  /** Resolves when the connection has ended, with the reason unless it ended in order. */
  readonly closed: Promise<Error | undefined>;
  close(): void;
}

/** client-go pings as often; a peer that does not answer the next time either counts as dead. */
const PING_MS = 10_000;
const DEAD_AFTER_MS = 61_000;

/** The side of a connection, with the handler of the streams that the other side opens. */
export type SpdySide = Pick<SpdyConnectionOptions, 'role' | 'onStream'>;

/** Speaks SPDY over an upgraded connection. */
export function spdyOverSocket(
  socket: Duplex,
  head: Uint8Array,
  clock: Clock,
  side: SpdySide = { role: 'client' },
): SpdyLink {
  const { closed, end } = ending();
  const connection = new SpdyConnection({
    ...side,
    pipe: {
      write: (bytes, done) => void socket.write(bytes, done),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    },
    onClose: () => socket.destroy(),
  });
  const stopPings = keepPinging(connection, clock);
  socket.on('data', (bytes: Buffer) => connection.receive(bytes));
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    stopPings();
    end(failure);
    connection.close(failure === undefined ? undefined : new SpdyError('the connection broke'));
  });
  if (head.length > 0) connection.receive(head);
  if (socket.destroyed) connection.close();
  return {
    connection,
    closed,
    close: () => {
      connection.goAway();
      connection.close();
      socket.destroy();
    },
  };
}

/** Speaks SPDY through the binary messages of a WebSocket, as port-forwards do since Kubernetes 1.30. */
export function spdyOverWebSocket(socket: WebSocket, clock: Clock, side: SpdySide = { role: 'client' }): SpdyLink {
  const { closed, end } = ending();
  const link: WebSocketLink = new WebSocketLink(socket, clock, {
    message: (data) => connection.receive(data),
    closed: (error) => {
      end(error);
      connection.close(error === undefined ? undefined : new SpdyError(error.message));
    },
  });
  const connection: SpdyConnection = new SpdyConnection({
    ...side,
    pipe: {
      write: (bytes, done = () => {}) => link.send(bytes, done),
      pause: () => link.pause(),
      resume: () => link.resume(),
    },
    onClose: () => link.close(),
  });
  return { connection, closed, close: () => connection.close() };
}

function keepPinging(connection: SpdyConnection, clock: Clock): () => void {
  let timer: Timer | undefined;
  let lastHeard = clock.monotonic();
  const again = () => {
    timer = clock.setTimer(PING_MS, () => {
      if (connection.closed) return;
      const answered = () => {
        lastHeard = clock.monotonic();
      };
      // A reader that is slow also holds back the answers to pings.
      if (connection.paused) answered();
      if (clock.monotonic() - lastHeard > DEAD_AFTER_MS) {
        connection.close(new SpdyError(`the peer has not answered a ping for ${DEAD_AFTER_MS / 1000} s`));
        return;
      }
      connection.ping().then(answered, () => {});
      again();
    });
  };
  again();
  return () => timer?.cancel();
}

function ending(): { closed: Promise<Error | undefined>; end(error: Error | undefined): void } {
  let end: (error: Error | undefined) => void = () => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  return { closed, end };
}
