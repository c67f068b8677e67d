import type { ClusterApi } from './api.js';

/** A process in a container with a terminal. */
export interface ExecSession {
  send(text: string): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Receives the output and the end of a process. */
export interface ExecHandlers {
  readonly opened: () => void;
  readonly output: (bytes: Uint8Array) => void;
  /** The process ended, or the connection did. */
  readonly ended: (reason: string) => void;
}

const encoder = new TextEncoder();

/** Starts a program in a container. `path` is that of the pod's `exec` subresource. */
export function openExec(
  api: ClusterApi,
  path: string,
  container: string,
  command: readonly string[],
  handlers: ExecHandlers,
): ExecSession {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'false', tty: 'true' });
  for (const word of command) query.append('command', word);
  const url = new URL(`${api.url(path)}?${query}`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
  socket.binaryType = 'arraybuffer';
  let reason = '';
  const write = (channel: number, text: string) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const bytes = encoder.encode(text);
    const frame = new Uint8Array(bytes.length + 1);
    frame[0] = channel;
    frame.set(bytes, 1);
    socket.send(frame);
  };
  socket.onopen = handlers.opened;
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    const frame = new Uint8Array(data);
    const [channel] = frame;
    const rest = frame.subarray(1);
    if (channel === 1 || channel === 2) handlers.output(rest);
    if (channel === 3) reason = statusMessage(new TextDecoder().decode(rest));
  };
  socket.onclose = () => handlers.ended(reason || 'the connection ended');
  return {
    send: (text) => write(0, text),
    resize: (columns, rows) => write(4, JSON.stringify({ Width: columns, Height: rows })),
    close: () => socket.close(),
  };
}

function statusMessage(text: string): string {
  try {
    const { status, message } = JSON.parse(text) as { status?: string; message?: string };
    return status === 'Success' ? 'the program ended' : (message ?? text);
  } catch {
    return text;
  }
}
