import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import {
  type BoundedDuplex,
  ChannelConnection,
  channelProtocol,
  channels,
  SpdyConnection,
  type SpdyStream,
} from '../../stream-codec/index.js';
import { encodeUtf8 } from '../../util/bytes.js';
import type { ServerRequest, ServerResponse } from '../object/message.js';
import type { ServerContext } from '../object/server-context.js';
import type { Backend } from './backend.js';
import { type CommandStatus, commandStatus, failedCommand } from './command-status.js';
import type { CommandOptions } from './connect-options.js';
import { openSpdy, type SpdySocket } from './kubelet-upgrade.js';
import { handshakeRefusal, sendMessage, webSocketResponse } from './web-socket.js';

const name = 'v5.channel.k8s.io';
const spdyProtocols = [name, 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];

/** Serves a command over channels of version 5, for a kubelet that takes SPDY only. Errors of the kubelet come as a Status on the error channel. */
export function translateCommand(
  server: ServerContext,
  request: ServerRequest,
  backend: Backend,
  options: CommandOptions,
): ServerResponse {
  return (
    handshakeRefusal(request) ??
    webSocketResponse(request, name, async (socket) => {
      const gone = new AbortController();
      socket.on('close', () => gone.abort());
      const client = clientChannels(socket, options);
      const first = options.stdout ? channels.stdout : options.stderr ? channels.stderr : channels.error;
      await sendMessage(socket, Uint8Array.of(first));
      const status = await run(server, backend, options, client, gone.signal).catch((error: unknown) =>
        failedCommand(error instanceof Error ? error.message : String(error)),
      );
      const message = Buffer.concat([Uint8Array.of(channels.error), encodeUtf8(JSON.stringify(status))]);
      await sendMessage(socket, message).catch(() => {});
    })
  );
}

/** The client's side of a command. Streams that were not asked for are absent. */
interface ClientChannels {
  readonly stdin: BoundedDuplex | undefined;
  readonly stdout: BoundedDuplex | undefined;
  readonly stderr: BoundedDuplex | undefined;
  readonly resize: BoundedDuplex | undefined;
}

function clientChannels(socket: WebSocket, options: CommandOptions): ClientChannels {
  const protocol = channelProtocol(name);
  if (protocol === undefined) throw new Error(`there is no protocol ${name}`);
  const connection = new ChannelConnection(protocol, {
    send: (message, done) => socket.send(message, { binary: true }, done),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  });
  socket.on('message', (data: Buffer) => {
    if (data.length > 0 && !connection.receive(data)) socket.close(1000);
  });
  socket.on('close', () => connection.end(new Error('the client has gone')));
  const output = (channel: number): BoundedDuplex => {
    const stream = connection.open(channel);
    // What a client sends on a channel of output is dropped.
    stream.resume();
    return stream;
  };
  return {
    stdin: options.stdin ? connection.open(channels.stdin) : undefined,
    stdout: options.stdout ? output(channels.stdout) : undefined,
    stderr: options.stderr ? output(channels.stderr) : undefined,
    resize: options.tty ? connection.open(channels.resize) : undefined,
  };
}

/** Runs the command over SPDY. Resolves with its Status once all output has been copied. */
async function run(
  server: ServerContext,
  backend: Backend,
  { tty }: CommandOptions,
  client: ClientChannels,
  signal: AbortSignal,
): Promise<CommandStatus> {
  const spdy = await openSpdy(server, backend, spdyProtocols, signal);
  const connection = spdyConnection(spdy);
  try {
    const open = (type: string): SpdyStream => connection.open({ streamType: type });
    const status = textOf(open('error'));
    if (client.stdin !== undefined) client.stdin.pipe(open('stdin')).resume();
    const copies = [
      client.stdout === undefined ? undefined : copied(open('stdout'), client.stdout),
      client.stderr === undefined || tty ? undefined : copied(open('stderr'), client.stderr),
    ];
    const takesResize = /^v[345]\./.test(spdy.protocol);
    if (client.resize !== undefined && takesResize) client.resize.pipe(open('resize')).resume();
    await Promise.all(copies);
    return commandStatus(spdy.protocol, await status);
  } finally {
    connection.close();
    spdy.socket.destroy();
  }
}

function spdyConnection({ socket, head }: SpdySocket): SpdyConnection {
  const connection = new SpdyConnection({
    role: 'client',
    pipe: {
      write: (bytes, done) => void socket.write(bytes, done),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    },
  });
  socket.on('data', (bytes: Buffer) => connection.receive(bytes));
  // A kubelet that has said everything may close without ending each stream.
  for (const event of ['end', 'close']) socket.on(event, () => connection.close());
  if (head.length > 0) connection.receive(head);
  return connection;
}

/** Copies a stream of output to the client until it ends, or its connection does. */
function copied(from: Duplex, to: BoundedDuplex): Promise<void> {
  return new Promise((resolve) => {
    from.on('data', (chunk: Buffer) => {
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.once('end', resolve);
    from.once('close', resolve);
    to.once('close', () => {
      from.destroy();
      resolve();
    });
  });
}

const mostInStatus = 64 * 1024;

function textOf(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    const done = (): void => resolve(Buffer.concat(chunks).toString('utf8'));
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= mostInStatus) chunks.push(chunk);
    });
    stream.once('end', done);
    stream.once('close', done);
  });
}
