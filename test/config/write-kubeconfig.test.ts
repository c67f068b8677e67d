import { execFile } from 'node:child_process';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type KubeconfigFields, writeKubeconfig } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { editKubeconfig } from '../../src/config/write-kubeconfig.js';
import { serve } from '../../src/server/serve.js';
import { realClients } from '../helpers/real-clients.js';
import { TestFolder } from './kubeconfig-files.js';

const kubectl = realClients()?.kubectl;

const content = (server: string, more: KubeconfigFields = {}, user: KubeconfigFields = {}) => ({
  clusters: [{ name: 'k', cluster: { server, ...more } }],
  users: [{ name: 'u', user }],
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'shop' } }],
  'current-context': 'c',
});

describe('writeKubeconfig', () => {
  test('writes a file that only its owner reads, in one step, also over one that others could read', async () => {
    await using folder = await TestFolder.make();
    const path = await folder.write('config', 'old');
    await writeKubeconfig(path, content('https://k:6443', {}, { token: 'yes: no # "' }));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['config']);
    expect(await readFile(path, 'utf8')).toContain('apiVersion: v1\nkind: Config\n');
    await using cluster = await connect({ kubeconfig: path });
    expect(cluster.namespace).toBe('shop');
  });

  test('makes the folder, and follows a link', async () => {
    await using folder = await TestFolder.make();
    await writeKubeconfig(join(folder.path, 'new', 'config'), content('https://k'));
    const link = join(folder.path, 'link');
    await symlink(join(folder.path, 'new', 'config'), link);
    await writeKubeconfig(link, content('https://other'));
    expect(await readFile(join(folder.path, 'new', 'config'), 'utf8')).toContain('https://other');
  });

  test.skipIf(kubectl === undefined)('is read by kubectl, which reaches the server with it', async () => {
    await using folder = await TestFolder.make();
    const server = await serve({ securePort: 0, controllers: [] });
    const made = JSON.parse(server.kubeconfig) as ReturnType<typeof content>;
    const path = join(folder.path, 'config');
    const [cluster] = made.clusters;
    const [user] = made.users;
    await writeKubeconfig(path, content(cluster?.cluster.server ?? '', cluster?.cluster, user?.user));
    const run = promisify(execFile);
    const seen = await run(kubectl ?? '', ['--kubeconfig', path, 'get', 'namespaces', '-o', 'name'], {
      env: { HOME: folder.path },
    });
    expect(seen.stdout).toContain('namespace/default');
    await using ours = await connect({ kubeconfig: path });
    expect((await ours.resource(Namespace).list().page()).items.length).toBe(seen.stdout.trim().split('\n').length);
    await server.close();
  });
});

describe('editKubeconfig', () => {
  test('keeps comments and what it does not know, and gives way to a lock', async () => {
    await using folder = await TestFolder.make();
    const path = await folder.write('config', '# mine\nusers:\n- name: u\n  user: {token: a} # old\nunknown: 1\n');
    await editKubeconfig(path, (document) => document.setIn(['users', 0, 'user', 'token'], 'b'));
    expect(await readFile(path, 'utf8')).toBe(
      '# mine\nusers:\n  - name: u\n    user: { token: b } # old\nunknown: 1\n',
    );
    await writeFile(`${path}.lock`, '');
    await expect(editKubeconfig(path, () => {})).rejects.toThrow('being written by another process');
  });
});
