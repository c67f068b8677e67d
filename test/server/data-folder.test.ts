import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../src/server/local-server.js';
import { serve } from '../../src/server/serve.js';
import { DurableStorage } from '../../src/server/storage/durable/durable-storage.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { type Answer, configMap, configMaps, TestServer } from './client.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function get(url: string): Promise<Answer> {
  return (await fetch(url)).json();
}

async function post(url: string | undefined, object: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}${configMaps}`, { method: 'POST', headers, body: JSON.stringify(object) })).json();
}

describe('a server with a data folder', () => {
  it('has the same objects, uids and versions after it starts again, and its revisions go on', async () => {
    const first = await startServer({ dataDir: folder });
    const created = await post(first.url, configMap('kept', { data: { a: '1' } }));
    const before = await get(`${first.url}/api/v1/namespaces`);
    await first.close();

    const second = await startServer({ dataDir: folder });
    expect(await get(`${second.url}${configMaps}/kept`)).toEqual(created);
    expect((await get(`${second.url}/api/v1/namespaces`)).items).toEqual(before.items);
    // A watch from before the restart goes on without a gap.
    const watch = await fetch(`${second.url}${configMaps}?watch=1&resourceVersion=${created.metadata.resourceVersion}`);
    const made = await post(second.url, configMap('next'));
    const reader = watch.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader?.read())?.value ?? '')).toEqual({ type: 'ADDED', object: made });
    await reader?.cancel();
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    await second.close();
  });

  it('goes on with rising revisions when the clock was set back', async () => {
    const revisions: number[] = [];
    for (const now of [1_900_000_000_000, 1_000_000_000_000]) {
      const clock = new FakeClock(now);
      const storage = await DurableStorage.open(folder, { clock });
      const server = new TestServer({ storage, clock });
      const { status, body } = await server.ask('POST', configMaps, configMap(`at-${now}`));
      expect(status).toBe(201);
      revisions.push(Number(body.metadata.resourceVersion));
      await server.api.close();
    }
    expect(revisions[1]).toBeGreaterThan(revisions[0] ?? 0);
  });

  it('keeps its authority, its token and the key of its tokens, readable by its user alone', async () => {
    const first = await serve({ dataDir: folder, securePort: 0 });
    const port = Number(new URL(first.secureUrl ?? '').port);
    await first.close();
    const second = await serve({ dataDir: folder, securePort: port });
    expect(second.kubeconfig).toBe(first.kubeconfig);
    await second.close();
    for (const name of await readdir(folder)) {
      const { mode } = await stat(join(folder, name));
      if (!name.startsWith('lock.')) expect([name, mode & 0o077]).toEqual([name, 0]);
    }
  });

  it('releases the folder when it cannot start', async () => {
    await expect(serve({ dataDir: folder, insecurePort: 0, tokenAuthFile: join(folder, 'none') })).rejects.toThrow(
      'none',
    );
    await expect(startServer({ dataDir: folder, runtimeConfig: 'nonsense' })).rejects.toThrow();
    await (await startServer({ dataDir: folder })).close();
    await writeFile(join(folder, 'secrets.json'), '{}');
    await expect(serve({ dataDir: folder, insecurePort: 0 })).rejects.toThrow(join(folder, 'secrets.json'));
  });
});
