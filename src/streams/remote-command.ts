import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { NetworkError } from '../errors/index.js';
import { ChannelConnection, channelProtocol, channels } from '../stream-codec/index.js';
import { onAbort } from '../util/abort.js';
import { type ExitStatus, exitStatusOf } from './exit-status.js';
import { spdyOverSocket } from './spdy-link.js';
import { type StreamContext, type StreamOptions, type StreamTarget, streamQuery } from './stream-context.js';
import { isRefusal, openSpdy, openWebSocket, type Upgraded } from './upgrade.js';
import { WebSocketLink } from './web-socket-link.js';

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Selects the process and the streams of `exec` and `attach`. */
export interface RemoteCommandOptions extends StreamOptions {
  readonly container?: string | undefined;
  /** The program and its arguments; undefined for `attach`. */
  readonly command?: readonly string[] | undefined;
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Ignored with `tty`: a terminal has one output. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A process in a container, with its streams. */
export interface RemoteCommand {
  readonly stdin: Duplex | undefined;
  readonly stdout: Duplex | undefined;
  readonly stderr: Duplex | undefined;
  /** Resolves when the process has ended; rejects when the connection breaks before that. */
  readonly exit: Promise<ExitStatus>;
  /** Tells the terminal its size. */
  resize(size: TerminalSize): void;
  /** Ends the session, whatever is under way, with an error if it is given. */
  close(error?: unknown): void;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>;
}

const SPDY_PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const MOST_IN_STATUS = 1024 * 1024;

/**
 * Starts a command, or attaches to one: WebSocket first, and SPDY when the handshake is refused, as kubectl does. Rejects with an
 * `ApiError` when both are refused.
 */
export async function startRemoteCommand(
  context: StreamContext,
  target: StreamTarget,
  options: RemoteCommandOptions,
): Promise<RemoteCommand> {
  const { container, command, stdin, stdout, tty } = options;
  const stderr = options.stderr && !tty;
  const on = (wanted: boolean) => (wanted ? 'true' : undefined);
  const query = streamQuery({
    command,
    container,
    stdin: on(stdin),
    stdout: on(stdout),
    stderr: on(stderr),
    tty: on(tty),
  });
  const opened = await openWebSocket(context, target, query, ['v5.channel.k8s.io'], options);
  const wanted = { stdin, stdout, stderr, tty };
  let started: RemoteCommand;
  if (!isRefusal(opened)) started = overWebSocket(opened, context, target, wanted);
  else {
    const upgraded = await openSpdy(context, target, query, SPDY_PROTOCOLS, options);
    if (isRefusal(upgraded)) throw upgraded.refused;
    started = await overSpdy(upgraded, context, target, wanted);
  }
  const stops = [context.closed, options.signal].map((signal) => onAbort(signal, (reason) => started.close(reason)));
  void started.closed.then(() => {
    for (const stop of stops) stop();
  });
  return started;
}

type Wanted = Pick<RemoteCommandOptions, 'stdin' | 'stdout' | 'stderr' | 'tty'>;

function overWebSocket(
  socket: WebSocket,
  { clock }: StreamContext,
  target: StreamTarget,
  wanted: Wanted,
): RemoteCommand {
  const protocol = channelProtocol(socket.protocol);
  if (protocol === undefined)
    throw new NetworkError('the server chose an unknown protocol', { request: target.request });
  let end: (error: unknown) => void = () => {};
  const closed = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const link: WebSocketLink = new WebSocketLink(socket, clock, {
    message: (data) => {
      if (!connection.receive(data)) link.terminate(new Error('the server sent a malformed message'));
    },
    closed: (error) => {
      const problem = error && new NetworkError(error.message, { cause: error, request: target.request });
      connection.end(problem);
      end(problem);
    },
  });
  const connection: ChannelConnection = new ChannelConnection(protocol, link);
  const open = (channel: number, needed: boolean) => (needed ? connection.open(channel) : undefined);
  const streams: Streams = {
    error: connection.open(channels.error),
    stdin: open(channels.stdin, wanted.stdin),
    stdout: open(channels.stdout, wanted.stdout),
    stderr: open(channels.stderr, wanted.stderr),
    resize: open(channels.resize, wanted.tty),
  };
  return commandOver(streams, target, closed, () => link.close());
}

async function overSpdy(
  { socket, head }: Upgraded,
  { clock }: StreamContext,
  target: StreamTarget,
  wanted: Wanted,
): Promise<RemoteCommand> {
  const { connection, closed, close } = spdyOverSocket(socket, head, clock);
  const open = (streamType: string, needed: boolean) => (needed ? connection.open({ streamType }) : undefined);
  try {
    const streams = {
      error: connection.open({ streamType: 'error' }),
      stdin: open('stdin', wanted.stdin),
      stdout: open('stdout', wanted.stdout),
      stderr: open('stderr', wanted.stderr),
      resize: open('resize', wanted.tty),
    };
    await Promise.all(Object.values(streams).map((stream) => stream?.replied));
    return commandOver(streams, target, closed, close);
  } catch (error) {
    close();
    throw new NetworkError('the server did not take the streams', { cause: error, request: target.request });
  }
}

interface Streams {
  readonly error: Duplex;
  readonly stdin: Duplex | undefined;
  readonly stdout: Duplex | undefined;
  readonly stderr: Duplex | undefined;
  readonly resize: Duplex | undefined;
}

function commandOver(
  { error: statusStream, stdin, stdout, stderr, resize }: Streams,
  target: StreamTarget,
  closed: Promise<unknown>,
  close: () => void,
): RemoteCommand {
  let stopped: unknown;
  const exit = textOf(statusStream).then(
    (text) => {
      if (stopped !== undefined && text === '') throw stopped;
      return exitStatusOf(text, target.request);
    },
    (error: unknown) => {
      throw (
        stopped ??
        new NetworkError(`the connection ended before the exit code came${reasonOf(error)}`, {
          cause: error,
          request: target.request,
        })
      );
    },
  );
  // Not everyone asks for the exit code.
  exit.catch(() => {});
  return {
    stdin,
    stdout,
    stderr,
    exit,
    closed,
    resize: ({ columns, rows }) => {
      if (resize?.writable) resize.write(JSON.stringify({ Width: columns, Height: rows }));
    },
    close: (reason) => {
      stopped ??=
        reason ?? new NetworkError('the session was closed before the command ended', { request: target.request });
      for (const stream of [stdin, stdout, stderr]) {
        if (reason !== undefined && stream !== undefined) stream.destroy(errorOf(reason));
      }
      close();
    },
  };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof NetworkError ? error.cause : error;
  return cause instanceof Error ? `: ${cause.message}` : '';
}

async function textOf(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MOST_IN_STATUS) chunks.push(chunk);
    });
    stream.on('end', resolve);
    stream.on('error', reject);
    stream.on('close', () => (stream.readableEnded ? undefined : reject(new Error('the stream was closed'))));
  });
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
