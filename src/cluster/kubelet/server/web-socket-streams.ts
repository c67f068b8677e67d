import type { Duplex } from 'node:stream';
import { ChannelConnection, channels, chooseProtocol } from '../../../stream-codec/index.js';
import { WebSocketLink } from '../../../streams/web-socket-link.js';
import { abortForMany } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import type { KubeletRequest } from './plain-response.js';
import { encodeOutcome, type StatusForm } from './remote-status.js';
import type { RemoteOptions, RemoteStreams } from './serve-remote-command.js';
import { acceptWebSocket, offeredProtocols } from './web-socket-accept.js';

/** Opens the streams of a client over a WebSocket. Answers the request and resolves to undefined when that cannot be. */
export async function webSocketStreams(
  request: KubeletRequest,
  { stdin, stdout, stderr }: RemoteOptions,
  clock: Clock,
): Promise<RemoteStreams | undefined> {
  const protocol = chooseProtocol(offeredProtocols(request));
  const socket = await acceptWebSocket(request, protocol?.name);
  if (socket === undefined || protocol === undefined) return undefined;
  const gone = abortForMany();
  const link: WebSocketLink = new WebSocketLink(socket, clock, {
    message: (data) => {
      // A message that is not base64 is dropped; a message against the rules of v5 ends the connection.
      if (!connection.receive(data) && !protocol.base64) link.close();
    },
    closed: (error) => {
      connection.end(error);
      gone.abort(error ?? new Error('the client closed the connection'));
    },
  });
  const connection: ChannelConnection = new ChannelConnection(protocol, link);
  const open = (channel: number, wanted: boolean) => (wanted ? connection.open(channel) : undefined);
  const streams = {
    stdin: open(channels.stdin, stdin),
    stdout: open(channels.stdout, stdout),
    stderr: open(channels.stderr, stderr),
    resize: connection.open(channels.resize),
  };
  const error = connection.open(channels.error);
  // Nobody reads what the client writes to the channels of the server.
  for (const stream of [streams.stdout, streams.stderr, error]) stream?.resume();
  const form: StatusForm = protocol.closes ? 'v5' : protocol.status ? 'v4' : 'text';
  greet(link, protocol.base64, stdout ? channels.stdout : stderr ? channels.stderr : channels.error);
  return {
    ...streams,
    gone: gone.signal,
    async finish(outcome) {
      const text = encodeOutcome(outcome, form);
      if (text !== undefined) await written(error, text);
      link.close();
    },
  };
}

/** Sends an empty message, by which the client sees that the connection stands. */
function greet(link: WebSocketLink, base64: boolean, channel: number): void {
  link.send(base64 ? String(channel) : Uint8Array.of(channel), () => {});
}

function written(stream: Duplex, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(text, () => resolve());
  });
}
