import { type Cluster, connect, isApiError, jsonPatch, mergePatch, strategicMergePatch } from 'keelson';
import { Secret } from 'keelson/k8s';
import { type LocalServer, startServer } from 'keelson/server';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: LocalServer;
let cluster: Cluster;
beforeAll(async () => {
  server = await startServer();
  cluster = await connect({ server: server.url ?? '' });
  await cluster
    .resource(Secret)
    .in('default')
    .create({ metadata: { name: 'x' }, stringData: { old: 'correct-horse' } });
});
afterAll(async () => {
  await cluster.close();
  await server.close();
});

/** Parts of a Secret of which at least one has the wrong type. */
const parts: readonly { readonly [field: string]: unknown }[] = [
  { data: 'hunter2' },
  { data: { k: 'hunter2!' } },
  { data: { k: { a: 'hunter2' } } },
  { data: ['hunter2'] },
  { stringData: 'hunter2' },
  { stringData: { k: ['hunter2'] } },
  { data: { k: 'hunter2' }, stringData: 5 },
  { metadata: 'hunter2' },
  { type: ['hunter2'] },
  { type: 'hunter2' },
];

test.each(parts)('no error shows the values of a Secret: %j', async (part) => {
  const secrets = cluster.resource(Secret).in('default');
  const other = cluster.dynamic({ apiVersion: 'v1', kind: 'Secret' }).in('default');
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, ...part };
  const steps = Object.entries(part).map(([field, value]) => ({ op: 'add', path: `/${field}`, value }) as const);
  const writes = [
    secrets.patch('x', mergePatch(part)),
    secrets.patch('x', strategicMergePatch(part)),
    secrets.patch('x', jsonPatch(steps)),
    secrets.apply(object as never, { manager: 'me', force: true }),
    secrets.replace(object as never),
    secrets.create({ ...object, metadata: { name: 'y' } } as never, { dryRun: true }),
    other.patch('x', mergePatch(part)),
    cluster.apply([object as never], { manager: 'me', force: true }),
    cluster.raw({
      method: 'PATCH',
      path: '/api/v1/namespaces/default/secrets/x',
      contentType: 'application/merge-patch+json',
      body: part,
    }),
  ];
  const failures = (await Promise.allSettled(writes)).flatMap((write) =>
    write.status === 'rejected' ? [write.reason as unknown] : [],
  );
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.some(isApiError)).toBe(true);
  for (const error of failures) {
    const shown = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`;
    expect(shown).not.toMatch(/hunter2|Y29ycmVjdC1ob3JzZQ==/);
  }
});
