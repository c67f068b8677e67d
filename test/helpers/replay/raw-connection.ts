import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { systemClock } from '../../../src/util/clock.js';

/** The head of a response. Names are in lower case, in the order of the lines. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** The body of a response, and how it ended. */
export interface ResponseBody {
  readonly body: Buffer;
  /** False if the connection was cut before the end. */
  readonly complete: boolean;
  readonly trailers: readonly string[];
  /** The time between the first and the last piece, in milliseconds. */
  readonly spreadMs: number;
}

/** One TLS connection, read byte by byte: what a client library would hide shows. */
export class RawConnection {
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  ended = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake?.();
      });
    }
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new RawConnection(socket);
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Calls `take` after each arrival until it returns something, the connection ends, or the time is up. */
  async until<T>(take: () => T | undefined, ms: number): Promise<T | undefined> {
    const late = systemClock.now() + ms;
    for (;;) {
      const taken = take();
      if (taken !== undefined || this.ended || systemClock.now() >= late) return taken;
      await new Promise<void>((resolve) => {
        const timer = systemClock.setTimer(late - systemClock.now(), resolve);
        this.#wake = () => {
          timer.cancel();
          resolve();
        };
      });
    }
  }

  line(ms: number): Promise<string | undefined> {
    return this.until(() => {
      const end = this.#bytes.indexOf('\r\n');
      return end < 0
        ? undefined
        : this.#take(end + 2)
            .subarray(0, end)
            .toString('latin1');
    }, ms);
  }

  bytes(count: number, ms: number): Promise<Buffer | undefined> {
    return this.until(() => (this.#bytes.length >= count ? this.#take(count) : undefined), ms);
  }

  /** Returns the next bytes, at most `most`. */
  some(ms: number, most = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    return this.until(() => (this.#bytes.length > 0 ? this.#take(Math.min(most, this.#bytes.length)) : undefined), ms);
  }

  async head(ms: number): Promise<ResponseHead | undefined> {
    const [, status] = /^HTTP\/\S+ (\d+)/.exec((await this.line(ms)) ?? '') ?? [];
    if (status === undefined) return undefined;
    const headers: [string, string][] = [];
    for (let line = await this.line(ms); line !== undefined && line !== ''; line = await this.line(ms)) {
      const colon = line.indexOf(':');
      headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
    }
    return { status: Number(status), headers };
  }

  async body(head: ResponseHead, method: string, ms: number, onPiece?: (piece: Buffer) => void): Promise<ResponseBody> {
    const pieces: Buffer[] = [];
    const times: number[] = [];
    const trailers: string[] = [];
    const got = (piece: Buffer | undefined): void => {
      if (piece === undefined) return;
      pieces.push(Buffer.from(piece));
      times.push(systemClock.now());
      onPiece?.(piece);
    };
    const complete = await this.#readBody(head, method, ms, got, trailers);
    return { body: Buffer.concat(pieces), complete, trailers, spreadMs: (times.at(-1) ?? 0) - (times[0] ?? 0) };
  }

  async #readBody(
    head: ResponseHead,
    method: string,
    ms: number,
    got: (piece: Buffer | undefined) => void,
    trailers: string[],
  ): Promise<boolean> {
    if (method === 'HEAD' || [101, 204, 304].includes(head.status)) return true;
    if (/chunked/i.test(headerOf(head, 'transfer-encoding') ?? '')) return this.#readChunks(ms, got, trailers);
    const length = headerOf(head, 'content-length');
    let left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    while (left > 0) {
      const piece = await this.some(ms, left);
      if (piece === undefined) break;
      left -= piece.length;
      got(piece);
    }
    return length === undefined ? this.ended : left === 0;
  }

  async #readChunks(ms: number, got: (piece: Buffer | undefined) => void, trailers: string[]): Promise<boolean> {
    for (;;) {
      const size = Number.parseInt((await this.line(ms)) ?? '', 16);
      if (Number.isNaN(size)) return false;
      if (size === 0) break;
      const chunk = await this.bytes(size, ms);
      got(chunk ?? (await this.some(1)));
      if (chunk === undefined) return false;
      await this.bytes(2, ms);
    }
    for (let line = await this.line(ms); line !== ''; line = await this.line(ms)) {
      if (line === undefined) return false;
      trailers.push(line);
    }
    return true;
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}

/** Returns the first value of a header. */
export function headerOf(head: ResponseHead, name: string): string | undefined {
  return head.headers.find(([one]) => one === name)?.[1];
}
