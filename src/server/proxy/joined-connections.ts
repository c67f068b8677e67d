import type { Duplex } from 'node:stream';
import { onAbort } from '../../util/abort.js';

/**
 * Copies both ways between two connections until one of them ends, and then ends the other. Neither side is read faster than the other takes
 * the bytes. Resolves when both have closed.
 */
export async function joinConnections(one: Duplex, other: Duplex, signal: AbortSignal): Promise<void> {
  const stop = onAbort(signal, () => {
    one.destroy();
    other.destroy();
  });
  copy(one, other);
  copy(other, one);
  await Promise.all([closed(one), closed(other)]);
  stop();
}

function copy(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.once('end', () => {
    // Whoever has sent everything is done: peers of upgrades close both ways at once.
    if (from.writable) from.end();
    closeWhenWritten(to);
  });
  from.once('close', () => closeWhenWritten(to));
  from.once('error', () => from.destroy());
}

function closeWhenWritten(stream: Duplex): void {
  if (stream.destroyed) return;
  if (stream.writableFinished) stream.destroy();
  else {
    stream.once('finish', () => stream.destroy());
    stream.end();
  }
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', () => resolve());
  });
}
