import { request as httpsRequest } from 'node:https';
import type { ServerContext } from '../object/server-context.js';
import { callProblem } from './call-problem.js';

/** The result of asking a component of the control plane for its health. */
export interface ProbeResult {
  readonly healthy: boolean;
  readonly message: string;
}

const timeoutMs = 20_000;

/** The longest answer that is kept, in bytes. */
const mostBytes = 10 * 1024;

/** Asks `https://127.0.0.1:PORT/healthz`, where components of a control plane listen. Their certificates are not verified. */
export function probeComponent(server: Pick<ServerContext, 'clock' | 'closing'>, port: number): Promise<ProbeResult> {
  const host = '127.0.0.1';
  return new Promise((resolve) => {
    const end = (healthy: boolean, message: string): void => {
      timer.cancel();
      server.closing.removeEventListener('abort', cancel);
      resolve({ healthy, message });
    };
    const cancel = (): void => void sent.destroy(new Error('context canceled'));
    const timer = server.clock.setTimer(timeoutMs, () => sent.destroy(new Error('context deadline exceeded')));
    const options = { host, port, path: '/healthz', rejectUnauthorized: false, agent: false };
    const sent = httpsRequest(options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        if (text.length < mostBytes) text += chunk.toString();
      });
      response.on('error', () => end(false, 'EOF'));
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 400) end(true, text);
        else end(false, `HTTP probe failed with statuscode: ${statusCode}`);
      });
    });
    sent.on('error', (error) => end(false, `Get "https://${host}:${port}/healthz": ${callProblem(error, host, port)}`));
    server.closing.addEventListener('abort', cancel);
    if (server.closing.aborted) cancel();
    sent.end();
  });
}
