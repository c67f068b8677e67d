import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, type ServeOptions, serve } from '../../src/server/serve.js';
import { restoreSnapshot, saveSnapshot } from '../../src/server/storage/durable/snapshot.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { etcdMissing, startEtcd } from '../helpers/etcd.js';
import type { Answer } from './client.js';

const secrets = '/api/v1/namespaces/default/secrets';
const oldKey = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const newKey = 'ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=';
const oldProvider = `aescbc: {keys: [{name: old, secret: ${oldKey}}]}`;
const newProvider = `aesgcm: {keys: [{name: new, secret: ${newKey}}]}`;

let folder = '';
const running: RunningServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-encrypted-'));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function configured(...providers: string[]): Promise<string> {
  const path = join(folder, 'encryption.yaml');
  const list = providers.map((one) => `  - ${one}\n`).join('');
  const head = 'kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n';
  await writeFile(path, `${head}resources:\n- resources: [secrets]\n  providers:\n${list}`, { mode: 0o600 });
  return path;
}

async function started(
  options: ServeOptions,
): Promise<(method: string, path: string, body?: object) => Promise<Answer>> {
  const server = await serve({ insecurePort: 0, controllers: [], ...options });
  running.push(server);
  return async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${server.insecureUrl}${path}`, { method, headers, ...sent })).json();
  };
}

async function stopped(): Promise<void> {
  for (const server of running.splice(0)) await server.close();
}

const secret = (name: string) => ({ metadata: { name }, stringData: { password: 'very-secret' } });
const encoded = Buffer.from('very-secret').toString('base64');

describe('encrypted objects in a folder', () => {
  let data = '';
  beforeEach(() => {
    data = join(folder, 'data');
  });

  async function filesText(): Promise<string> {
    const names = (await readdir(data)).filter((name) => /\.(log|checkpoint)$/.test(name));
    return (await Promise.all(names.map((name) => readFile(join(data, name), 'latin1')))).join('');
  }

  it('are not readable in its files, and are there after a restart with the same keys', async () => {
    const encryption = { path: await configured(oldProvider) };
    const first = await started({ dataDir: data, encryption });
    const created = await first('POST', secrets, secret('one'));
    await first('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'plain' },
      data: { a: 'in-the-open' },
    });
    await stopped();
    const text = await filesText();
    expect(text).toContain('k8s:enc:aescbc:v1:old:');
    expect(text).toContain('in-the-open');
    expect(text).not.toContain(encoded);
    const second = await started({ dataDir: data, encryption });
    expect(await second('GET', `${secrets}/one`)).toEqual(created);
  });

  it('keep a server without their key from starting, which names the object', async () => {
    const first = await started({ dataDir: data, encryption: { path: await configured(oldProvider) } });
    await first('POST', secrets, secret('one'));
    await stopped();
    const named = `cannot read /registry/secrets/default/one in the data folder ${data}: `;
    await expect(started({ dataDir: data })).rejects.toThrow(named);
    const encryption = { path: await configured(newProvider, 'identity: {}') };
    await expect(started({ dataDir: data, encryption })).rejects.toThrow(
      'Give its key in --encryption-provider-config',
    );
  });

  it('stay encrypted in a snapshot, which needs no keys', async () => {
    const encryption = { path: await configured(oldProvider) };
    const first = await started({ dataDir: data, encryption });
    const created = await first('POST', secrets, secret('one'));
    const copy = join(folder, 'backup');
    await saveSnapshot(data, copy);
    await stopped();
    expect(await readFile(copy, 'latin1')).not.toContain(encoded);
    const restored = join(folder, 'restored');
    await restoreSnapshot(copy, restored);
    const second = await started({ dataDir: restored, encryption });
    expect((await second('GET', `${secrets}/one`)).data).toEqual(created.data);
  });

  it('are encrypted with a new key when they are written again unchanged, after which the old key can go', async () => {
    const first = await started({ dataDir: data, encryption: { path: await configured(oldProvider) } });
    const created = await first('POST', secrets, secret('one'));
    await stopped();
    const both = await started({ dataDir: data, encryption: { path: await configured(newProvider, oldProvider) } });
    const again = await both('PUT', `${secrets}/one`, created);
    expect(again.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
    // With the current key, an update that changes nothing writes nothing.
    expect((await both('PUT', `${secrets}/one`, again)).metadata.resourceVersion).toBe(again.metadata.resourceVersion);
    await stopped();
    const last = await started({ dataDir: data, encryption: { path: await configured(newProvider) } });
    expect(await last('GET', `${secrets}/one`)).toEqual(again);
    // The log still has the value of the old key, which a watch would have to show.
    const watch = await last(
      'GET',
      `${secrets}?watch=1&timeoutSeconds=1&resourceVersion=${created.metadata.resourceVersion}`,
    );
    expect(watch.code ?? watch.object?.code).toBe(410);
  });

  it('use the keys of a file that changed while the server runs, and go on with the previous ones if it is wrong', async () => {
    const clock = new FakeClock(Date.now());
    const path = await configured(oldProvider);
    const failures: unknown[] = [];
    const encryption = { path, automaticReload: true, onReloadError: (error: unknown) => failures.push(error) };
    const ask = await started({ dataDir: data, encryption, clock, compactionIntervalMs: 0 });
    await ask('POST', secrets, secret('one'));
    await configured(newProvider, oldProvider);
    await clock.advance(60_000);
    for (let i = 0; !(await filesText()).includes('k8s:enc:aesgcm:v1:new:'); i++)
      await ask('POST', secrets, secret(`more-${i}`));
    await writeFile(path, 'nonsense');
    for (let i = 0; failures.length === 0 && i < 1_000; i++) {
      await clock.advance(60_000);
      await ask('GET', secrets);
    }
    expect(String(failures[0])).toContain(`cannot read --encryption-provider-config ${path}`);
    expect((await ask('GET', `${secrets}/one`)).data.password).toBe(encoded);
  });
});

describe('encryption', () => {
  it('is refused for a server that keeps objects in memory', async () => {
    const encryption = { path: await configured(oldProvider) };
    await expect(started({ encryption })).rejects.toThrow('cannot encrypt objects that are kept in memory');
  });

  it('is refused for a file that is missing or wrong, which is named', async () => {
    const path = join(folder, 'missing.yaml');
    await expect(started({ dataDir: join(folder, 'data'), encryption: { path } })).rejects.toThrow(path);
  });
});

describe.skipIf(etcdMissing !== '')(`encrypted objects in etcd${etcdMissing}`, () => {
  it('fail requests of a server without their key, and only those, until it gets the key', async () => {
    const etcd = await startEtcd();
    try {
      const clock = new FakeClock(Date.now());
      const options = { etcd: { servers: [etcd.url] } };
      const path = await configured(oldProvider, 'identity: {}');
      const one = await started({ ...options, encryption: { path } });
      const created = await one('POST', secrets, secret('one'));
      const encryption = { path: await configured(newProvider, 'identity: {}'), automaticReload: true };
      const other = await started({ ...options, encryption, clock, compactionIntervalMs: 0 });
      const failure = {
        code: 500,
        reason: 'InternalError',
        details: { causes: [{ message: 'no matching key was found' }] },
      };
      expect(await other('GET', `${secrets}/one`)).toMatchObject(failure);
      expect(await other('DELETE', `${secrets}/one`)).toMatchObject(failure);
      expect((await other('GET', secrets)).message).toBe(
        'Internal error occurred: unable to transform key "/registry/secrets/default/one": no matching key was found',
      );
      expect(await other('POST', secrets, secret('one'))).toMatchObject({ code: 409, reason: 'AlreadyExists' });
      expect(await other('POST', secrets, secret('two'))).toMatchObject({ kind: 'Secret' });
      expect((await other('GET', '/api/v1/namespaces/default')).kind).toBe('Namespace');
      // What the other server writes is unreadable to the first one, which wrote before it knew the new key.
      expect(await one('GET', `${secrets}/two`)).toMatchObject({ code: 500 });

      await configured(newProvider, oldProvider, 'identity: {}');
      let seen: Answer = {};
      for (let i = 0; seen.kind !== 'Secret' && i < 500; i++) {
        await clock.advance(60_000);
        seen = await other('GET', `${secrets}/one`);
      }
      expect(seen).toEqual(created);
      expect((await other('GET', secrets)).items.map(({ metadata }: Answer) => metadata.name)).toEqual(['one', 'two']);
    } finally {
      await stopped();
      await etcd.stop();
    }
  });
});
