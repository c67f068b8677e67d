import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'keelson';
import { type RunningServer, serve } from '../../src/server/serve.js';
import type { RealClients } from '../helpers/real-clients.js';

/** The output and the exit of a program. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * A server on its secure port, and a folder from which kubectl and helm reach it with the kubeconfig that it wrote: TLS, a token,
 * nothing of this process but the sockets.
 */
export class RealClient {
  readonly folder: string;
  readonly server: RunningServer;
  readonly kubeconfig: string;
  readonly #programs: RealClients;

  private constructor(programs: RealClients, server: RunningServer, folder: string) {
    this.#programs = programs;
    this.server = server;
    this.folder = folder;
    this.kubeconfig = join(folder, 'kubeconfig');
  }

  static async start(programs: RealClients | undefined): Promise<RealClient> {
    if (programs === undefined) throw new Error('there are no real clients on this machine: skip the suite');
    // Without the ConfigMap that this one puts into every namespace: tests say what else is in theirs.
    const server = await serve({ securePort: 0, controllers: ['*', '-root-ca-cert-publisher'] });
    const client = new RealClient(programs, server, await mkdtemp(join(tmpdir(), 'keelson-real-')));
    await writeFile(client.kubeconfig, server.kubeconfig, { mode: 0o600 });
    return client;
  }

  /** keelson's own client of the same server. */
  connect() {
    return connect({ kubeconfig: this.kubeconfig });
  }

  /** Runs kubectl and returns its output. Rejects with its error output. */
  async kubectl(...args: string[]): Promise<string> {
    return succeeded(args, await this.tryKubectl(...args));
  }

  async helm(...args: string[]): Promise<string> {
    return succeeded(args, await this.#run(this.#programs.helm, args));
  }

  tryKubectl(...args: string[]): Promise<Ended> {
    return this.#run(this.#programs.kubectl, args);
  }

  /** kubectl with more in its environment, such as `KUBE_EDITOR`. */
  kubectlWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
    return this.#run(this.#programs.kubectl, args, env);
  }

  /** A file in the folder; objects become JSON documents. Its path. */
  async file(name: string, ...content: (object | string)[]): Promise<string> {
    const path = join(this.folder, name);
    const text = content.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n---\n');
    await writeFile(path, text, { mode: name.endsWith('.sh') ? 0o700 : 0o600 });
    return path;
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  #run(program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const env = { PATH: process.env.PATH, HOME: this.folder, KUBECONFIG: this.kubeconfig, ...more };
    return new Promise((resolve, reject) => {
      execFile(program, args, { env, timeout: 60_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ stdout, stderr, code });
        else reject(error);
      });
    });
  }
}

function succeeded(args: readonly string[], { stdout, stderr, code }: Ended): string {
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
