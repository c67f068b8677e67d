import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';

/** The path of etcd, undefined if it is not installed. */
const etcdPath = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'etcd'))
  .find((path) => existsSync(path));

/** The reason to skip tests that need etcd, to put into their title; empty if it is installed. */
export const etcdMissing = etcdPath === undefined ? ' (skipped: etcd is not installed)' : '';

/** A running etcd with nothing in it. */
export interface TestEtcd {
  readonly url: string;
  readonly pid: number;
  /** Starts it again on the same data, after it was killed. */
  restart(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts etcd on free loopback ports. */
export async function startEtcd(): Promise<TestEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-etcd-'));
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const args = [
    ...['--data-dir', join(folder, 'data'), '--name', 'one', '--initial-cluster', `one=${peerUrl}`],
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--log-level', 'error', '--logger', 'zap'],
  ];
  const launch = async () => {
    const child = spawn(etcdPath ?? 'etcd', args, { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await healthy(url, () => child.exitCode !== null);
    return { child, ended };
  };
  let running = await launch();
  return {
    url,
    get pid() {
      return running.child.pid ?? 0;
    },
    kill: (signal) => void running.child.kill(signal),
    restart: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
      running = await launch();
    },
    stop: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function healthy(url: string, ended: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (ended()) throw new Error('etcd ended before it was ready');
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok === true && (await response.text()).includes('true')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`etcd at ${url} is not ready`);
}
