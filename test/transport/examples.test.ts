import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { TestFolder } from '../config/kubeconfig-files.js';

async function run(load: () => Promise<unknown>, args: readonly string[] = []): Promise<string> {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const argv = process.argv;
  process.argv = [argv[0] ?? '', 'example', ...args];
  vi.resetModules();
  try {
    await load();
    return log.mock.calls.map((words) => words.join(' ')).join('\n');
  } finally {
    log.mockRestore();
    process.argv = argv;
  }
}

test('examples/in-pod.ts lists its neighbours, and prints the rights that takes', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  const spec = { containers: [{ name: 'c', image: 'registry.example.com/app:1' }] };
  await cluster
    .resource(Pod)
    .in('default')
    .create({ metadata: { name: 'neighbour' }, spec });
  await using folder = await TestFolder.make();
  const path = join(folder.path, 'config');
  await writeFile(
    path,
    JSON.stringify({
      'current-context': 'c',
      clusters: [{ name: 'k', cluster: { server: server.url } }],
      contexts: [{ name: 'c', context: { cluster: 'k' } }],
    }),
  );
  vi.stubEnv('KUBECONFIG', path);
  expect(await run(() => import('../../examples/in-pod.js'))).toMatch(/^neighbour +\w+$/);
  vi.unstubAllEnvs();
  const rbac = parseAllDocuments(await run(() => import('../../examples/in-pod.js'), ['--rbac'])).map((doc) =>
    doc.toJS(),
  );
  expect(rbac.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
  await cluster.apply(rbac, { manager: 'test', namespace: 'default' });
});

test('examples/many-contexts.ts asks every context, and one that is gone holds up nobody', async () => {
  expect((await run(() => import('../../examples/many-contexts.js'))).split('\n')).toEqual([
    expect.stringMatching(/^dev {8}\d namespaces$/),
    expect.stringMatching(/^staging {4}\d namespaces$/),
    expect.stringMatching(/^gone {7}list Namespace: .*connection refused/),
  ]);
});
