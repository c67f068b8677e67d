import { readFile } from 'node:fs/promises';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../../src/cli/serve.js';
import type { Answer } from '../server/client.js';

/** A request to a server of `serving`. */
export interface Asked {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: { readonly [name: string]: string };
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A server that `keelson serve` runs in this process. */
export interface Served {
  readonly lines: readonly string[];
  readonly secureUrl: string;
  /** Sends a request as an administrator. */
  admin(path: string, asked?: Asked): Promise<{ status: number; headers: Headers; body: Answer }>;
  /** Sends a request to the secure port, with these credentials only. */
  secure(path: string, asked?: Asked): Promise<{ status: number; body: Answer }>;
}

/** Runs `keelson serve` with both ports and these flags while `use` runs. */
export async function serving(folder: string, args: readonly string[], use: (served: Served) => Promise<void>) {
  const lines: string[] = [];
  const { ready, isReady } = signal();
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    isReady();
    return true;
  });
  const kubeconfig = join(folder, 'kubeconfig');
  const ended = run(['--insecure-port=0', '--secure-port=0', '--kubeconfig-out', kubeconfig, ...args]);
  try {
    await Promise.race([ready, ended]);
    const [, insecureUrl = '', secureUrl = ''] = /at (http:\S+) and (https:\S+),/.exec(lines.join('')) ?? [];
    const ca = JSON.parse(await readFile(kubeconfig, 'utf8')).clusters[0].cluster['certificate-authority-data'];
    await use({
      lines,
      secureUrl,
      admin: async (path, { method = 'GET', body, headers } = {}) => {
        const type = { 'content-type': 'application/json', ...headers };
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const response = await fetch(insecureUrl + path, { method, headers: type, ...sent });
        return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
      },
      secure: (path, asked = {}) => overTls(secureUrl + path, Buffer.from(ca, 'base64').toString(), asked),
    });
  } finally {
    process.emit('SIGTERM');
    await ended;
    spy.mockRestore();
  }
}

function signal(): { ready: Promise<void>; isReady: () => void } {
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  return { ready, isReady: () => isReady() };
}

function overTls(url: string, ca: string, { method = 'GET', body, headers, token, cert, key }: Asked) {
  return new Promise<{ status: number; body: Answer }>((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = requestTls(url, {
      method,
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      ca,
      agent: false,
      ...(cert === undefined ? {} : { cert, key }),
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode ?? 0, body: parsed(text) });
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): Answer {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
