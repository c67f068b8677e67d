import type { SpdyStream } from '../../../stream-codec/index.js';
import { spdyOverSocket } from '../../../streams/spdy-link.js';
import { abortForMany } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import type { KubeletRequest } from './plain-response.js';
import { encodeOutcome, type StatusForm } from './remote-status.js';
import type { RemoteOptions, RemoteStreams } from './serve-remote-command.js';
import { upgradeToSpdy } from './spdy-upgrade.js';

const PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
/** Protocols that can tell the size of a terminal. */
const RESIZABLE: readonly string[] = PROTOCOLS.slice(0, 2);
const CREATION_MS = 30_000;

/** Opens the streams of a client over SPDY/3.1. Answers the request and resolves to undefined when that cannot be. */
export async function spdyStreams(
  request: KubeletRequest,
  { stdin, stdout, stderr, tty }: RemoteOptions,
  clock: Clock,
): Promise<RemoteStreams | undefined> {
  const upgraded = upgradeToSpdy(request, PROTOCOLS);
  if (upgraded === undefined) return undefined;
  const { socket, head, protocol } = upgraded;
  const expected = 1 + [stdin, stdout, stderr, tty && RESIZABLE.includes(protocol)].filter(Boolean).length;
  const opened = new Map<string, SpdyStream>();
  let complete: (all: boolean) => void = () => {};
  const all = new Promise<boolean>((resolve) => {
    complete = resolve;
  });
  const gone = abortForMany();
  const link = spdyOverSocket(socket, head, clock, {
    role: 'server',
    onStream: (stream) => {
      opened.set(stream.header('streamType') ?? '', stream);
      if (opened.size >= expected) complete(true);
    },
  });
  void link.closed.then((error) => {
    complete(false);
    gone.abort(error ?? new Error('the client closed the connection'));
  });
  const timer = clock.setTimer(CREATION_MS, () => complete(false));
  const isComplete = await all;
  timer.cancel();
  if (!isComplete) {
    link.close();
    return undefined;
  }
  const error = opened.get('error');
  for (const name of ['error', 'stdout', 'stderr']) opened.get(name)?.resume();
  const form: StatusForm = protocol === 'v4.channel.k8s.io' ? 'v4' : 'text';
  return {
    stdin: stdin ? opened.get('stdin') : undefined,
    stdout: stdout ? opened.get('stdout') : undefined,
    stderr: stderr ? opened.get('stderr') : undefined,
    resize: opened.get('resize'),
    gone: gone.signal,
    async finish(outcome) {
      const text = encodeOutcome(outcome, form);
      if (text !== undefined && error !== undefined) {
        await new Promise<void>((resolve) => {
          error.once('close', resolve);
          error.write(text, () => resolve());
        });
      }
      // What was written is on its way before the end of the connection.
      socket.end(() => link.close());
    },
  };
}
