import { expect, it } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import { isNetworkError } from '../../src/errors/index.js';
import { connect } from '../../src/sdk/index.js';
import { startServer } from '../../src/server/local-server.js';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { until } from '../cache/in-process.js';
import { SharedStorage } from './shared-storage.js';

it('informers and clients go on at another server when theirs ends, and hear of every write once', async () => {
  const store = new MemoryStorage();
  const start = () => startServer({ controllers: [], storage: new SharedStorage(store) });
  const servers = [await start(), await start()];
  const cluster = await connect({ servers: servers.map(({ url = '' }) => url) });
  const maps = cluster.resource(ConfigMap).in('default');
  const informer = cluster.informer(ConfigMap, { namespace: 'default' });
  const heard: string[] = [];
  informer.subscribe({
    added: ({ metadata }) => void heard.push(`added ${metadata.name}`),
    updated: ({ metadata }) => void heard.push(`updated ${metadata.name}`),
    deleted: ({ metadata }) => void heard.push(`deleted ${metadata.name}`),
  });
  await informer.start();
  const made: string[] = [];
  const write = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const name = `c${String(i).padStart(3, '0')}`;
      // The fate of a write whose connection broke is unknown: its client looks.
      await maps.create({ metadata: { name } }).catch(async (error: unknown) => {
        if (!isNetworkError(error)) throw error;
        if ((await maps.find(name)) === undefined) await maps.create({ metadata: { name } });
      });
      made.push(name);
    }
  };
  await write(0, 40);
  const [first, second] = servers;
  const writing = write(40, 80);
  await first?.down();
  await writing;
  // Back again, and the other one ends.
  await first?.up();
  await write(80, 100);
  await second?.down();
  await write(100, 140);
  await until(() => heard.length >= 140);
  expect(heard).toEqual(made.map((name) => `added ${name}`));
  expect(informer.lister.list()).toHaveLength(140);
  await informer.stop();
  await cluster.close();
  for (const server of servers) await server.close();
}, 30_000);
