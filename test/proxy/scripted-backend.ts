import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordedResponse } from './raw-exchange.js';

/** A request that reached the backend. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server that answers every request with the response that it is told. */
export class ScriptedBackend implements AsyncDisposable {
  readonly #server = createServer();
  /** The requests so far. */
  readonly seen: SeenRequest[] = [];
  /** The next response. */
  response: RecordedResponse = { status: 200, headers: [], body: '' };

  static async start(): Promise<ScriptedBackend> {
    const backend = new ScriptedBackend();
    const server = backend.#server;
    server.on('request', (request, response) => void backend.#answer(request, response));
    server.on('upgrade', (request, socket) => {
      backend.#saw(request, '');
      const { status, headers, body = '' } = backend.response;
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines}\r\n${body}`);
      // What the client sends afterwards comes back.
      if (status === 101) socket.pipe(socket);
      else socket.end();
      socket.on('error', () => {});
    });
    // Methods that Node does not know come here.
    server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket) => {
      const [method = '', url = ''] = (error.rawPacket?.toString('latin1') ?? '').split(' ');
      backend.seen.push({ method, url, headers: {}, body: '' });
      const { status, headers, body = '' } = backend.response;
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.end(`HTTP/1.1 ${status} Scripted\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #saw(request: IncomingMessage, body: string): void {
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, url, headers, body });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let received = '';
    for await (const chunk of request) received += String(chunk);
    this.#saw(request, received);
    const { status, headers, body = '', bodyStart, long } = this.response;
    const isChunked = headers.some(([name]) => name === 'transfer-encoding');
    const bytes = Buffer.from(long === true ? `${bodyStart}${'x'.repeat(2000)}` : body);
    const ours = headers.filter(([name]) => name !== 'transfer-encoding' && name !== 'connection');
    response.writeHead(status, [...ours, ...(isChunked ? [] : [['content-length', String(bytes.length)]])].flat());
    response.end(bytes);
  }
}
