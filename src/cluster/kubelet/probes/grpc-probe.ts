import { connect, constants } from 'node:http2';
import type { Dial } from './http-probe.js';
import { type ProbeResult, textOf } from './probe-result.js';

const SERVING = 1;
const NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const MOST_IN_ANSWER = 4096;

/** Asks a gRPC server for its health by `grpc.health.v1.Health/Check`. Never rejects. */
export async function probeGrpc(
  target: { readonly host: string; readonly port: number; readonly service: string },
  dial: Dial,
  agent: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    signal.throwIfAborted();
    const socket = await dial(target.host, target.port);
    try {
      const { status, answer } = await check(target, socket, agent, signal);
      if (status !== '0') return { ok: false, output: `error: health rpc probe failed with gRPC status ${status}` };
      const health = answer[0] === 0x08 ? (answer[1] ?? 0) : 0;
      if (health === SERVING) return { ok: true, output: 'service healthy' };
      return { ok: false, output: `service unhealthy (responded with "${NAMES[health] ?? health}")` };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    const address = `${target.host}:${target.port}`;
    if (signal.aborted)
      return { ok: false, output: `timeout: failed to connect service "${address}" within the timeout` };
    return { ok: false, output: `error: failed to connect service at "${address}": ${textOf(error)}` };
  }
}

async function check(
  target: { readonly host: string; readonly port: number; readonly service: string },
  socket: Awaited<ReturnType<Dial>>,
  agent: string,
  signal: AbortSignal,
): Promise<{ status: string; answer: Buffer }> {
  const session = connect(`http://${target.host}:${target.port}`, { createConnection: () => socket });
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      const stream = session.request(
        {
          [constants.HTTP2_HEADER_METHOD]: 'POST',
          [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
          'content-type': 'application/grpc',
          te: 'trailers',
          'user-agent': agent,
        },
        { signal },
      );
      let status = '';
      let received = Buffer.alloc(0);
      const take = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status']);
      };
      stream.on('response', take);
      stream.on('trailers', take);
      stream.on('data', (chunk: Buffer) => {
        if (received.length < MOST_IN_ANSWER) received = Buffer.concat([received, chunk]);
      });
      stream.once('error', reject);
      // A message is one byte for compression, four for the length, and then the content.
      stream.once('close', () => resolve({ status, answer: received.subarray(5) }));
      const service = Buffer.from(target.service);
      const message = service.length === 0 ? service : Buffer.concat([Buffer.of(0x0a, service.length), service]);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([head, message]));
    });
  } finally {
    session.destroy();
  }
}
