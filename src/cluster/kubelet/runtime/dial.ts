import { connect, type Socket } from 'node:net';
import { NetworkError } from '../../../errors/index.js';

const CONNECT_MS = 30_000;

/** Connects to an address. Rejects with a `NetworkError` in the words of Go's `net` package. */
export function connectTo(host: string, port: number, timeoutMs = CONNECT_MS): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const fail = (why: string, cause?: Error) => {
      socket.destroy();
      reject(new NetworkError(`dial tcp ${address}: ${why}`, { cause }));
    };
    socket.setTimeout(timeoutMs, () => fail('i/o timeout'));
    socket.once('error', (error) => fail(describe(error), error));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Connects to a port on loopback, and then to the pod's addresses. Rejects in the words of containerd. */
export async function connectLocally(port: number, sandbox: string, addresses: readonly string[]): Promise<Socket> {
  const failures: string[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    try {
      return await connectTo(host, port);
    } catch (error) {
      failures.push(
        error instanceof Error ? error.message.replace('dial tcp', host === '::1' ? 'dial tcp6' : 'dial tcp4') : '',
      );
    }
  }
  for (const host of addresses) {
    const socket = await connectTo(host, port).catch(() => undefined);
    if (socket !== undefined) return socket;
  }
  const [four = '', six = ''] = failures;
  throw new NetworkError(
    `failed to connect to localhost:${port} inside namespace "${sandbox}", IPv4: ${four} IPv6 ${six}`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
  ETIMEDOUT: 'connect: connection timed out',
  ENOTFOUND: 'lookup: no such host',
};

function describe(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}
