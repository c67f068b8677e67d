import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for one test, gone with it. */
export class TestFolder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async make(): Promise<TestFolder> {
    return new TestFolder(await mkdtemp(join(tmpdir(), 'keelson-config-')));
  }

  /** Writes a file, and gives its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text);
    return path;
  }

  /** A program that Node runs; `body` is the module's text. */
  async program(name: string, body: string): Promise<string> {
    const path = await this.write(name, `#!${process.execPath}\n${body}`);
    await chmod(path, 0o755);
    return path;
  }

  /** A kubeconfig with one cluster and one user. JSON is YAML. */
  kubeconfig(server: string, user: object, cluster: object = {}, name = 'config'): Promise<string> {
    return this.write(
      name,
      JSON.stringify({
        'current-context': 'c',
        clusters: [{ name: 'k', cluster: { server, ...cluster } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
