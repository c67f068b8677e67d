import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/dashboard.js';
import { contextsOf, dashboardContexts } from '../../src/cli/dashboard-contexts.js';
import { ProxyFlags } from '../../src/cli/proxy-flags.js';

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: staging
clusters:
- { name: one, cluster: { server: "http://127.0.0.1:1" } }
- { name: two, cluster: { server: "http://127.0.0.1:2" } }
contexts:
- { name: production, context: { cluster: one, namespace: shop } }
- { name: staging, context: { cluster: two } }
`;

let file = '';
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'keelson-contexts-')), 'kubeconfig');
  await writeFile(file, kubeconfig);
});
afterEach(() => rm(join(file, '..'), { recursive: true }));

describe('the contexts of a dashboard', () => {
  it('are those of the kubeconfig, the current one first', async () => {
    const contexts = await dashboardContexts(new ProxyFlags(['--kubeconfig', file]));
    expect(contexts.map(({ name, namespace }) => [name, namespace])).toEqual([
      ['staging', 'default'],
      ['production', 'shop'],
    ]);
    expect((await contexts[1]?.config())?.server).toBe('http://127.0.0.1:1');
    expect((await contextsOf(kubeconfig)).map(({ name }) => name)).toEqual(['staging', 'production']);
  });

  it('are one, where a flag chooses the cluster or the user', async () => {
    const [context, ...others] = await dashboardContexts(
      new ProxyFlags(['--kubeconfig', file, '--context', 'production', '--as', 'jane']),
    );
    expect(others).toEqual([]);
    expect([context?.name, context?.namespace]).toEqual(['production', 'shop']);
    expect((await context?.config())?.impersonate?.user).toBe('jane');
  });
});

describe('keelson dashboard', () => {
  it.each([
    ['a flag of keelson proxy that it does not have', ['--www', 'folder'], /unknown flag: --www/],
    ['an unknown flag', ['--nonsense'], /unknown flag: --nonsense/],
    ['a port that is not a number', ['--port', 'many'], /--port/],
  ])('refuses %s', async (_, args, message) => {
    await expect(run(args)).rejects.toThrow(message);
  });
});
