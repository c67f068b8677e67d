import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { InvalidRequestError } from '../errors/index.js';
import { abortForMany, onAbort } from '../util/abort.js';

/** Options of `portForward`. */
export interface PortForwardOptions {
  /** The local port. Default 0: one that is free. */
  readonly localPort?: number | undefined;
  /** The local address to listen on. Default `127.0.0.1`: this machine only. */
  readonly address?: string | undefined;
  /** Hears why a single connection failed; the others, and the forward itself, go on. */
  readonly onConnectionError?: ((error: unknown) => void) | undefined;
  /** Ends the forward and its connections. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline for making one connection, in milliseconds. Default 30 000. */
  readonly openTimeoutMs?: number | undefined;
}

/** A local port that leads to a port of a pod. Close it when done. */
export class PortForward implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #closing = abortForMany();
  readonly #stopListening: () => void;

  private constructor(server: Server, signal: AbortSignal | undefined) {
    this.#server = server;
    this.#stopListening = onAbort(signal, () => void this.close());
  }

  /** Listens, and connects each connection by `dial`. Rejects when the local port cannot be had. */
  static async listen(
    dial: (signal: AbortSignal) => Promise<Duplex>,
    { localPort = 0, address = '127.0.0.1', onConnectionError = () => {}, signal }: PortForwardOptions,
  ): Promise<PortForward> {
    signal?.throwIfAborted();
    // The client may end its side first and still read.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(new InvalidRequestError(`cannot listen on ${address}:${localPort}: ${error.message}`, { cause: error }));
      });
      server.listen(localPort, address, resolve);
    });
    const forward = new PortForward(server, signal);
    server.on('connection', (socket) => {
      forward.#serve(socket, dial).catch(onConnectionError);
    });
    return forward;
  }

  /** The local port. */
  get port(): number {
    return this.#listening().port;
  }

  /** The local address. */
  get address(): string {
    return this.#listening().address;
  }

  /** The connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Ends the forward and all its connections. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort(new InvalidRequestError('the port forward was closed'));
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(socket: Socket, dial: (signal: AbortSignal) => Promise<Duplex>): Promise<void> {
    this.#sockets.add(socket);
    const gone = abortForMany();
    const stop = onAbort(this.#closing.signal, (reason) => gone.abort(reason));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      stop();
      gone.abort(new InvalidRequestError('the local client has gone'));
    });
    try {
      const stream = await dial(gone.signal);
      await joined(socket, stream);
    } catch (error) {
      socket.destroy();
      if (!gone.signal.aborted) throw error;
    }
  }

  #listening(): AddressInfo {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address : { address: '', family: '', port: 0 };
  }
}

/** Copies both ways, half-closing each; resolves when both have ended and rejects when either breaks. */
async function joined(socket: Socket, stream: Duplex): Promise<void> {
  const { pipeline } = await import('node:stream/promises');
  // A client that aborts ends the stream at once, and the other way round.
  socket.once('close', () => stream.destroy());
  stream.once('close', () => {
    if (!stream.readableEnded) socket.destroy();
  });
  await Promise.all([pipeline(socket, stream, { end: true }), pipeline(stream, socket, { end: true })]);
}
