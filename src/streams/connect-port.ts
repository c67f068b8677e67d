import type { Duplex } from 'node:stream';
import { NetworkError } from '../errors/index.js';
import type { SpdyStream } from '../stream-codec/index.js';
import { onAbort } from '../util/abort.js';
import { type SpdyLink, spdyOverSocket, spdyOverWebSocket } from './spdy-link.js';
import type { StreamContext, StreamOptions, StreamTarget } from './stream-context.js';
import { isRefusal, openSpdy, openWebSocket } from './upgrade.js';

const PROTOCOL = 'portforward.k8s.io';

/**
 * Connects to a port of a pod. Each connection has a WebSocket (or SPDY connection) of its own, so that a slow or broken one cannot
 * disturb another. Rejects with an `ApiError` when the upgrade is refused. A port that refuses fails the returned stream.
 */
export async function connectPort(
  context: StreamContext,
  target: StreamTarget,
  port: number,
  options: StreamOptions,
): Promise<Duplex> {
  const link = await openLink(context, target, options);
  try {
    const headers = { port: String(port), requestID: '0' };
    const errors = link.connection.open({ ...headers, streamType: 'error' });
    // Nothing is ever written there; the kubelet waits for its end.
    errors.end();
    const data = link.connection.open({ ...headers, streamType: 'data' });
    await Promise.all([errors.replied, data.replied]);
    join(link, errors, data, context, target, options);
    return data;
  } catch (error) {
    link.close();
    throw new NetworkError(`cannot connect to port ${port}: the server did not take the streams`, {
      cause: error,
      request: target.request,
    });
  }
}

async function openLink(context: StreamContext, target: StreamTarget, options: StreamOptions): Promise<SpdyLink> {
  const opened = await openWebSocket(context, target, '', [`SPDY/3.1+${PROTOCOL}`], options);
  if (!isRefusal(opened)) return spdyOverWebSocket(opened, context.clock);
  const upgraded = await openSpdy(context, target, '', [PROTOCOL], options);
  if (isRefusal(upgraded)) throw upgraded.refused;
  return spdyOverSocket(upgraded.socket, upgraded.head, context.clock);
}

/** Ties the life of the connection to that of the data stream, and reports errors of the node on it. */
function join(
  link: SpdyLink,
  errors: SpdyStream,
  data: SpdyStream,
  context: StreamContext,
  { request }: StreamTarget,
  { signal }: StreamOptions,
): void {
  let text = '';
  errors.on('data', (chunk: Buffer) => {
    if (text.length < 4096) text += chunk.toString('utf8');
  });
  const settle = () => {
    if (text !== '' && !data.destroyed) data.destroy(new NetworkError(text.trim(), { request }));
  };
  errors.on('end', settle);
  errors.on('close', settle);
  const stops = [context.closed, signal].map((one) =>
    onAbort(one, (reason) => data.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))),
  );
  data.on('close', () => {
    for (const stop of stops) stop();
    link.close();
  });
}
