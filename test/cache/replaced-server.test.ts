import { describe, expect, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import { connect } from '../../src/sdk/index.js';
import { ApiServer } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { quiet, until } from './in-process.js';
import { create, encodings, record, type World, withWorld } from './informer-world.js';

/** Puts another server in the place of the one of this world, with revisions from `initialRevision` on. */
async function replaceServer(world: World, initialRevision: number): Promise<void> {
  const { clock } = world;
  const storage = new MemoryStorage({ initialRevision });
  world.transport.server = new ApiServer({ clock, controllers: [], compactionIntervalMs: 0, storage });
  await create(world, 'new', { v: '2' });
  await create(world, 'both', { v: '2' });
}

/** Has no server say by its headers which one it is, as servers did before they had FlowSchemas. */
function hideServer(world: World): void {
  const send = world.transport.send.bind(world.transport);
  world.transport.send = async (request) => {
    const response = await send(request);
    const { 'x-kubernetes-pf-flowschema-uid': _, ...headers } = response.headers;
    return { ...response, headers };
  };
}

describe.each(encodings)('an informer in %s whose server is replaced', (encoding) => {
  const withOldState = (body: (world: World, heard: string[]) => Promise<void>) =>
    withWorld(encoding, async (world) => {
      const first = world.server;
      await create(world, 'both', { v: '1' });
      await create(world, 'old', { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      heard.length = 0;
      await body(world, heard);
      await until(() => heard.length >= 3, 'the new state');
      expect(heard.sort()).toEqual(['added new 2', 'deleted old 1 unknown', 'updated both 1>2']);
      expect(informer.status().lastError?.kind).not.toBeUndefined();
      const later = await create(world, 'later', { v: '3' });
      await until(() => informer.lister.has('default/later'));
      expect(informer.status().resourceVersion).toBe(later.metadata.resourceVersion);
      await informer.stop();
      await first.close();
    });

  test('lists anew when versions went back and the server does not say that it is another', () =>
    withOldState(async (world, heard) => {
      hideServer(world);
      await replaceServer(world, 200);
      world.transport.cut();
      // The server is silent until it reaches the version: after two such watches the state is listed.
      await world.clock.advance(400_000);
      await until(() => heard.length > 0);
    }));

  test('lists anew when a bookmark is of a lower version', () =>
    withOldState(async (world, heard) => {
      hideServer(world);
      await replaceServer(world, 200);
      const send = world.transport.send.bind(world.transport);
      // As a server that goes back beneath a watch that it does not end.
      world.transport.send = (request) =>
        send({ ...request, path: request.path.replace(/resourceVersion=\d{4,}/, 'resourceVersion=300') });
      world.transport.cut();
      await world.clock.advance(70_000);
      await until(() => heard.length > 0);
    }));

  test('lists anew when the versions of the new server are ahead: 410', () =>
    withOldState(async (world) => {
      await replaceServer(world, 900_000_200);
      world.transport.cut();
      await world.clock.advance(60_000);
    }));

  test('lists anew when the versions are the same and the server says that it is another', () =>
    withOldState(async (world) => {
      const { revision } = await world.server.snapshot();
      // Its history begins before the version that was seen last, and goes on behind it.
      await replaceServer(world, revision - 50);
      expect((await (world.transport.server as ApiServer).snapshot()).revision).toBeGreaterThan(revision);
      world.transport.cut();
      await world.clock.advance(60_000);
    }));
});

test('an informer follows a server that is started again on the same port', async () => {
  const clock = new FakeClock();
  const options = { controllers: [], compactionIntervalMs: 0, clock };
  const before = new ApiServer(options);
  let listener = await listen(before);
  const { port } = new URL(listener.url);
  await using cluster = await connect({ server: listener.url, clock });
  const maps = cluster.resource(ConfigMap).in('default');
  await maps.create({ metadata: { name: 'old' } });
  const informer = cluster.informer(ConfigMap, { namespace: 'default' });
  await clock.runUntil(informer.start());
  const { resourceVersion } = informer.status();
  await listener.close();
  await before.close();

  await clock.advance(1_000);
  const after = new ApiServer(options);
  listener = await listen(after, { port: Number(port) });
  await maps.create({ metadata: { name: 'new' } });
  await expect(maps.watch({ resourceVersion }).next()).rejects.toMatchObject({ isGone: true });
  // Sockets need real turns of the event loop, of which a busy machine needs more; the informer's back-off needs the clock.
  while (!informer.lister.has('default/new')) {
    await clock.advance(1_000);
    await quiet(500);
  }
  expect(informer.lister.keys()).toEqual(['default/new']);
  await informer.stop();
  await listener.close();
  await after.close();
});
