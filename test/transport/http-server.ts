import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A server that answers as the test says, and counts its connections. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headersDistinct']; body: string }[];
  /** Connections ever made. */
  connections: number;
  readonly open: ReadonlySet<Socket>;
}

export async function startHttp(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  tls?: { readonly cert: string; readonly key: string },
): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const open = new Set<Socket>();
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headersDistinct,
      body: Buffer.concat(chunks).toString(),
    });
    answer(request, response, requests.length);
  };
  const server = tls === undefined ? createServer(take) : createHttps(tls, take);
  const started: TestServer = {
    url: '',
    requests,
    connections: 0,
    open,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', (socket) => {
    started.connections++;
    open.add(socket);
    // Node keeps its half of a connection until the response has ended: what counts is that the client has left.
    for (const event of ['end', 'close']) socket.on(event, () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(started, {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
}
