import type { EventEmitter } from 'node:events';
import { NetworkError } from '../errors/index.js';
import type { ResponseBody } from './transport.js';

/** A gzipped body, read as what it holds. */
export class GunzipBody implements ResponseBody {
  constructor(
    private readonly inner: ResponseBody,
    private readonly maxBytes: number,
  ) {}

  async bytes(): Promise<Uint8Array> {
    const [{ gunzip }, packed] = await Promise.all([import('node:zlib'), this.inner.bytes()]);
    return new Promise((resolve, reject) => {
      gunzip(packed, { maxOutputLength: this.maxBytes }, (error, bytes) => {
        if (error === null) resolve(bytes);
        else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(this.maxBytes));
        else reject(new NetworkError('the answer is not the gzip it says it is', { cause: error }));
      });
    });
  }

  async consume(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const { createGunzip } = await import('node:zlib');
    const gunzip = createGunzip();
    const read = (async () => {
      for await (const chunk of gunzip) await onChunk(chunk);
    })();
    const written = this.inner.consume(async (chunk) => {
      if (gunzip.destroyed) throw new NetworkError('the reader has left');
      if (!gunzip.write(chunk)) await drained(gunzip);
    });
    written.then(
      () => gunzip.end(),
      (error) => gunzip.destroy(error),
    );
    try {
      await read;
    } catch (error) {
      // Without a reader the rest is of no use.
      written.catch(() => {});
      gunzip.destroy();
      this.inner.cancel();
      const corrupt = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
      throw corrupt ? new NetworkError('the answer is not the gzip it says it is', { cause: error }) : error;
    }
    await written;
  }

  cancel(): void {
    this.inner.cancel();
  }
}

function drained(stream: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}

/** Returns the error of a unary body above the bound. */
export function tooLarge(maxBytes: number): NetworkError {
  return new NetworkError(`the answer is larger than ${maxBytes} bytes: read it in pages, or raise maxBodyBytes`);
}
