import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  ChannelConnection,
  channelProtocol,
  channels,
  SpdyConnection,
  type SpdyStream,
} from '../../src/stream-codec/index.js';

/** The behaviour of a `StreamPeer`. */
export interface StreamPeerOptions {
  /** Answers upgrades to WebSocket with this status, as older servers and some proxies do. */
  readonly refuseWebSocket?: number;
  /** Answers requests that are not upgrades. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** The command whose process `attach` leads to. Default: `false`, as for a command without a program. */
  readonly attached?: readonly string[];
  /** Runs in place of the command itself. */
  readonly run?: (command: readonly string[]) => ChildProcess;
}

/**
 * An API server with a kubelet behind it, as far as streams go: commands run as processes of this machine, and forwarded ports lead to
 * ports of it. It speaks v5 channels and the SPDY tunnel over WebSockets, and SPDY/3.1 by upgrade.
 */
export class StreamPeer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: StreamPeerOptions;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  readonly #sockets = new Set<Duplex>();
  readonly processes: ChildProcess[] = [];
  /** Every request and upgrade, as `METHOD /path?query protocol`. */
  readonly requests: string[] = [];
  /** Pods that are not found. */
  readonly gone = new Set<string>();
  /** The headers of the upgrades. */
  readonly upgrades: IncomingMessage['headers'][] = [];

  private constructor(options: StreamPeerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      if (options.answer !== undefined) options.answer(request, response);
      else answerPod(request, response);
    });
    // `ws` takes tokens only, and the name of the tunnel has a slash.
    this.#webSockets.on('headers', (headers, request) => {
      const [protocol] = tunnelOf(request);
      if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(options: StreamPeerOptions = {}): Promise<StreamPeer> {
    const peer = new StreamPeer(options);
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    for (const child of this.processes) child.kill('SIGKILL');
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const protocol = request.headers['sec-websocket-protocol'] ?? String(request.headers['x-stream-protocol-version']);
    this.requests.push(`${request.method} ${request.url} ${protocol}`);
    this.upgrades.push(request.headers);
    const [, pod = ''] = /\/pods\/([^/]+)/.exec(request.url ?? '') ?? [];
    if (this.gone.has(pod)) {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    } else if (request.headers.upgrade === 'SPDY/3.1') {
      this.#upgradeToSpdy(request, socket, head);
    } else if (this.#options.refuseWebSocket !== undefined) {
      socket.end(`HTTP/1.1 ${this.#options.refuseWebSocket} Refused\r\nContent-Length: 7\r\n\r\nrefused`);
    } else {
      const [tunnel] = tunnelOf(request);
      if (tunnel !== undefined) delete request.headers['sec-websocket-protocol'];
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        if (tunnel !== undefined) serveTunnel(webSocket);
        else this.#serveChannels(webSocket, this.#commandOf(request.url));
      });
    }
  }

  #upgradeToSpdy(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [protocol] = String(request.headers['x-stream-protocol-version']).split(', ');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    );
    const url = new URL(request.url ?? '', 'http://x');
    const onStream = url.pathname.endsWith('/portforward') ? forwardPorts() : this.#spdyCommand(url.searchParams);
    const connection = new SpdyConnection({
      role: 'server',
      pipe: {
        write: (bytes, done) => void socket.write(bytes, done),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
      },
      onStream,
    });
    socket.on('data', (bytes: Buffer) => connection.receive(bytes));
    socket.on('close', () => connection.close());
    if (head.length > 0) connection.receive(head);
  }

  #commandOf(url = ''): readonly string[] {
    const { pathname, searchParams } = new URL(url, 'http://x');
    return pathname.endsWith('/attach') ? (this.#options.attached ?? []) : searchParams.getAll('command');
  }

  #serveChannels(webSocket: WebSocket, command: readonly string[]): void {
    const protocol = channelProtocol(webSocket.protocol);
    if (protocol === undefined) throw new Error(`no protocol ${webSocket.protocol}`);
    const connection = new ChannelConnection(protocol, {
      send: (message, done) => webSocket.send(message, { binary: typeof message !== 'string' }, done),
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
    });
    webSocket.on('message', (data: Buffer) => connection.receive(data));
    webSocket.on('error', () => {});
    const streams = {
      stdin: connection.open(channels.stdin),
      stdout: connection.open(channels.stdout),
      stderr: connection.open(channels.stderr),
      error: connection.open(channels.error),
    };
    const child = this.#run(command, streams, () => webSocket.close(1000));
    webSocket.on('close', () => {
      child.kill('SIGKILL');
      connection.end(new Error('the client has gone'));
    });
  }

  #spdyCommand(query: URLSearchParams): (stream: SpdyStream) => void {
    const streams = new Map<string, SpdyStream>();
    const wanted = ['error', ...['stdin', 'stdout', 'stderr'].filter((name) => query.get(name) === 'true')];
    return (stream) => {
      streams.set(stream.header('streamType') ?? '', stream);
      const error = streams.get('error');
      if (error === undefined || !wanted.every((name) => streams.has(name))) return;
      const { stdin, stdout, stderr } = Object.fromEntries(streams);
      const child = this.#run(query.getAll('command'), { stdin, stdout, stderr, error }, () => {});
      error.on('close', () => child.kill('SIGKILL'));
    };
  }

  #run(
    command: readonly string[],
    streams: { stdin?: Duplex | undefined; stdout?: Duplex | undefined; stderr?: Duplex | undefined; error: Duplex },
    end: () => void,
  ): ChildProcess {
    const [program = 'false', ...words] = command;
    const child = this.#options.run?.(command) ?? spawn(program, words, { stdio: 'pipe' });
    this.processes.push(child);
    const { stdin, stdout, stderr } = child;
    stdin?.on('error', () => {});
    if (stdin !== null) streams.stdin?.pipe(stdin);
    const pipe = (from: NodeJS.ReadableStream | null, to: Duplex | undefined) =>
      new Promise((resolve) => {
        if (from === null || to === undefined) resolve(undefined);
        else to.once('close', resolve).once('finish', resolve) && from.pipe(to);
      });
    const copied = Promise.all([pipe(stdout, streams.stdout), pipe(stderr, streams.stderr)]);
    const finish = (status: unknown) => {
      void copied.then(() => streams.error.end(JSON.stringify(status), end));
    };
    child.on('error', (error) => {
      streams.stdout?.end();
      streams.stderr?.end();
      const message = `failed to exec in container: exec: "${program}": executable file not found in $PATH`;
      finish({ kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500, message: error && message });
    });
    child.on('exit', (code, signal) => {
      const exitCode = code ?? (signal === 'SIGKILL' ? 137 : 143);
      const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
      const message = `command terminated with exit code ${exitCode}`;
      finish(
        exitCode === 0
          ? { kind: 'Status', status: 'Success', metadata: {} }
          : { kind: 'Status', status: 'Failure', reason: 'NonZeroExitCode', message, details, metadata: {} },
      );
    });
    return child;
  }
}

/** Returns the tunnel that the request asks for, if it does. `ws` must not see its name. */
function tunnelOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((text) => text.startsWith('SPDY/3.1+'));
}

function serveTunnel(webSocket: WebSocket): void {
  const connection = new SpdyConnection({
    role: 'server',
    pipe: {
      write: (bytes, done) => webSocket.send(bytes, { binary: true }, done),
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
    },
    onStream: forwardPorts(),
  });
  webSocket.on('message', (data: Buffer) => connection.receive(data));
  webSocket.on('error', () => {});
  webSocket.on('close', () => connection.close());
}

/** Pairs an error and a data stream, and connects them to a port of this machine. */
function forwardPorts(): (stream: SpdyStream) => void {
  const errors = new Map<string, SpdyStream>();
  return (stream) => {
    const id = stream.header('requestID') ?? '';
    if (stream.header('streamType') === 'error') {
      errors.set(id, stream);
      return;
    }
    const error = errors.get(id);
    const socket = connectTcp({ port: Number(stream.header('port')), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', (problem) => {
      error?.end(`failed to connect to localhost: ${problem.message}`);
      stream.end();
    });
    socket.on('close', () => error?.end());
    stream.on('close', () => socket.destroy());
    stream.pipe(socket).pipe(stream);
  };
}

/** Answers reads of pods: each has one container, `app`. */
function answerPod(request: IncomingMessage, response: ServerResponse): void {
  const name = /\/pods\/([^/?]+)/.exec(request.url ?? '')?.[1];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: 'u1', resourceVersion: '1' },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 80 }] }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'app', state: { running: {} } }] },
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(pod));
}
