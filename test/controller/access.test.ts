import { Controller, Manager } from 'keelson/controller';
import { ConfigMap } from 'keelson/k8s';
import { afterEach, expect, test } from 'vitest';
import { inProcess, until } from '../cache/in-process.js';
import { status } from '../cache/informer-world.js';

const warnings: string[] = [];
const onWarning = (warning: Error) => warnings.push(warning.message);
afterEach(() => {
  process.off('warning', onWarning);
});

test('a manager whose controller may not watch says at once what to grant, and in its error later', async () => {
  process.on('warning', onWarning);
  const { cluster, transport, clock, server } = inProcess();
  transport.intercept = ({ path }) => (path.includes('configmaps') ? status(403, 'Forbidden') : undefined);
  const controller = new Controller({ for: ConfigMap, reconcile: () => {}, cacheSyncTimeoutMs: 30_000 });
  const manager = new Manager(cluster, { controllers: [controller] });
  const running = manager.run({ signal: new AbortController().signal }).catch((error: unknown) => error);
  await until(() => warnings.length > 0, 'a warning');
  expect(warnings[0]).toContain('Grant this user the verbs list and watch on configmaps, by a ClusterRole');
  await clock.advance(30_000);
  expect(String(await clock.runUntil(running))).toContain('Grant this user the verbs list and watch on configmaps');
  await cluster.close();
  await server.close();
});
