import type { Socket } from 'node:net';
import { ConnectError } from './connect-error.js';

/**
 * Reads what a proxy answers, byte-exact: nothing that comes after the answer is taken off the socket. Rejects when the socket breaks
 * or ends; whoever waits too long destroys the socket.
 */
export class Handshake {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** The next `length` bytes. */
  take(length: number): Promise<Buffer> {
    return this.#until(() => this.#socket.read(length) as Buffer | null);
  }

  /** Everything up to and with the next `end`, at most `most` bytes. */
  takeUntil(end: string, most: number): Promise<Buffer> {
    let seen = Buffer.alloc(0);
    return this.#until(() => {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk === null) return null;
      seen = Buffer.concat([seen, chunk]);
      const at = seen.indexOf(end);
      if (at < 0 && seen.length <= most) return null;
      if (at < 0 || at > most) throw new ConnectError('the proxy answers without end', 'ERR_PROXY_PROTOCOL');
      const rest = seen.subarray(at + end.length);
      if (rest.length > 0) this.#socket.unshift(rest);
      return seen.subarray(0, at + end.length);
    });
  }

  #until(read: () => Buffer | null): Promise<Buffer> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const done = () => {
        socket.off('readable', look);
        socket.off('error', fail);
        socket.off('close', gone);
        socket.off('end', gone);
      };
      const fail = (error: unknown) => {
        done();
        reject(error);
      };
      const gone = () => fail(new ConnectError('the proxy closed the connection', 'ERR_PROXY_PROTOCOL'));
      const look = () => {
        try {
          const bytes = read();
          if (bytes === null) return;
          done();
          resolve(bytes);
        } catch (error) {
          fail(error);
        }
      };
      socket.on('readable', look);
      socket.on('error', fail);
      socket.on('close', gone);
      socket.on('end', gone);
      if (socket.destroyed) gone();
      else look();
    });
  }
}
