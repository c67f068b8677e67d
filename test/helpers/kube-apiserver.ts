import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';

/** The path of kube-apiserver: `KEELSON_KUBE_APISERVER`, or the one of the path. Undefined if it is not installed. */
const kubeApiserverPath =
  process.env.KEELSON_KUBE_APISERVER ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kube-apiserver'))
    .find((path) => existsSync(path));

/** The reason to skip tests that need kube-apiserver, to put into their title; empty if it is installed. */
export const kubeApiserverMissing =
  kubeApiserverPath === undefined
    ? ' (skipped: kube-apiserver is not installed, and KEELSON_KUBE_APISERVER names none)'
    : '';

/** A running kube-apiserver. */
export interface KubeApiserver {
  readonly url: string;
  readonly token: string;
  readonly certificateAuthority: string;
  ask(
    method: string,
    path: string,
    body?: object,
    headers?: { [name: string]: string },
  ): Promise<{ status: number; body: Buffer }>;
  stop(): Promise<void>;
}

/** Starts kube-apiserver on an etcd and a free port, and waits until it is ready. `flags` are added to those that it needs. */
export async function startKubeApiserver(etcdUrl: string, flags: readonly string[] = []): Promise<KubeApiserver> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-kube-apiserver-'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = await file('sa.key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  const token = randomBytes(16).toString('hex');
  const tokens = await file('tokens.csv', `${token},admin,admin,"system:masters"\n`);
  const port = await freePort();
  const args = [
    ...[`--etcd-servers=${etcdUrl}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${folder}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, `--token-auth-file=${tokens}`, '--authorization-mode=RBAC'],
    ...['--service-cluster-ip-range=10.0.0.0/16', '--endpoint-reconciler-type=none', ...flags],
  ];
  const child = spawn(kubeApiserverPath ?? 'kube-apiserver', args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `https://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let certificateAuthority = '';
  const ask: KubeApiserver['ask'] = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, {
        method,
        ca: certificateAuthority,
        agent: false,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    certificateAuthority ||= await readFile(join(folder, 'apiserver.crt'), 'utf8').catch(() => '');
    const ready = certificateAuthority !== '' && (await ask('GET', '/readyz').catch(() => undefined));
    if (ready && ready.status === 200) return { url, token, certificateAuthority, ask, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error('kube-apiserver is not ready');
}
