import { ApiServer } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';
import { type Stall, StallMonitor } from './stall-monitor.js';

/** The report of a server under fuzz on itself. */
interface TargetReport {
  readonly stalls: readonly Stall[];
  /** Exceptions and rejections that the server did not handle, and warnings of the runtime. */
  readonly faults: readonly string[];
}

/** A server under fuzz, in this process or in another. */
export interface Target {
  readonly port: number;
  report(): Promise<TargetReport>;
  /** Remembers what is stored now, for `reset`. */
  remember(): Promise<void>;
  /** Goes back to what was remembered. */
  reset(): Promise<void>;
  /** Bytes in use after a garbage collection, and open handles. */
  usage(): Promise<{ readonly bytes: number; readonly handles: number }>;
  close(): Promise<void>;
}

const stallBoundMs = 200;

const users: { readonly [token: string]: { username: string; groups: string[] } } = {
  'admin-token': { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
  'jane-token': { username: 'jane', groups: ['dev', 'system:authenticated'] },
};

/** Starts a server with every controller on a loopback port of this process. */
export async function startTarget(): Promise<Target> {
  const faults: string[] = [];
  const note = (error: unknown): void => {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  const api = new ApiServer({
    controllers: ['*'],
    onError: note,
    authenticate: ({ authorization = '' }) => {
      const token = String(authorization).replace(/^Bearer /, '');
      return Object.hasOwn(users, token) ? users[token] : undefined;
    },
  });
  const listener = await listen(api, {
    authenticate: (headers, certificate) => api.authenticate(headers, certificate),
  });
  const monitor = new StallMonitor(stallBoundMs);
  const events = ['uncaughtException', 'unhandledRejection', 'warning'] as const;
  for (const event of events) process.on(event, note);
  let snapshot = await api.snapshot();
  return {
    port: listener.port,
    report: async () => ({ stalls: monitor.take(), faults: faults.splice(0) }),
    remember: async () => {
      snapshot = await api.snapshot();
    },
    reset: () => api.restore(snapshot),
    usage: async () => {
      globalThis.gc?.();
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      return { bytes: heapUsed + external, handles: process.getActiveResourcesInfo().length };
    },
    close: async () => {
      for (const event of events) process.off(event, note);
      monitor.stop();
      await listener.close();
      await api.close();
    },
  };
}
