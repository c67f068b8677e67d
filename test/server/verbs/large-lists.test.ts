import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { bytesOf, configMap, configMaps, TestServer } from '../client.js';

/** A server with objects whose bytes come to so much that lists of them are streamed; one of them is larger than a chunk. */
async function filled(count: number): Promise<TestServer> {
  const storage = new MemoryStorage();
  const server = new TestServer({ storage, clock: new FakeClock() });
  await server.ask('POST', configMaps, configMap('name-0', { data: { text: 'x'.repeat(2_000), accent: 'ü' } }));
  await server.ask('POST', configMaps, configMap('large', { data: { text: 'é'.repeat(400_000) } }));
  const { kv } = await storage.get('/registry/configmaps/default/name-0');
  const text = new TextDecoder().decode(kv?.value);
  for (let i = 1; i < count; i++) {
    const value = new TextEncoder().encode(text.replace('name-0', `name-${i}`));
    await storage.put(`/registry/configmaps/default/name-${i}`, value, 0);
  }
  return server;
}

describe('a large list', () => {
  it.each([
    ['JSON', 'application/json', (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))],
    ['protobuf', 'application/vnd.kubernetes.protobuf', (bytes: Uint8Array) => decodeObject(bytes)],
  ])('holds the same as its pages, in %s', async (_, accept, decode) => {
    const server = await filled(600);
    const response = await server.raw('GET', configMaps, undefined, { accept });
    const whole = decode(await bytesOf(response)) as { items: { metadata: { name: string } }[] };
    const paged: unknown[] = [];
    let token = '';
    do {
      const page = await server.raw('GET', `${configMaps}?limit=50&continue=${token}`, undefined, { accept });
      const { items, metadata } = decode(await bytesOf(page)) as {
        items: unknown[];
        metadata: { continue?: string };
      };
      paged.push(...items);
      token = encodeURIComponent(metadata.continue ?? '');
    } while (token !== '');
    expect(whole.items).toHaveLength(601);
    expect(paged).toEqual(whole.items);
  });

  it.each([
    ['a table', 'application/json;as=Table;g=meta.k8s.io;v=v1', 'rows'],
    ['metadata', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'items'],
  ])('holds the same as its pages as %s, of which no chunk holds it all', async (_, accept, field) => {
    const server = await filled(600);
    const { body } = await server.raw('GET', configMaps, undefined, { accept });
    const chunks: Uint8Array[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const whole = JSON.parse(Buffer.concat(chunks).toString());
    expect(chunks.length).toBeGreaterThan(4);
    const paged: unknown[] = [];
    let first: Record<string, unknown> | undefined;
    for (let token = ''; first === undefined || token !== ''; ) {
      const { body } = await server.ask('GET', `${configMaps}?limit=50&continue=${token}`, undefined, { accept });
      first ??= body;
      paged.push(...body[field]);
      token = encodeURIComponent(body.metadata.continue ?? '');
    }
    expect(whole[field]).toEqual(paged);
    const { metadata: _metadata, [field]: _items, ...rest } = first;
    expect(whole).toMatchObject(rest);
    const refused = await server.ask('GET', `${configMaps}?includeObject=Nothing`, undefined, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    });
    expect(refused.status).toBe(400);
  });

  it.each([
    ['JSON', 'application/json'],
    ['protobuf', 'application/vnd.kubernetes.protobuf'],
  ])('says how long it is before it is made, in %s', async (_, accept) => {
    const server = await filled(1_200);
    for (const query of ['', '?limit=1100']) {
      const response = await server.raw('GET', `${configMaps}${query}`, undefined, { accept });
      expect(response.body).not.toBeInstanceOf(Uint8Array);
      expect((await bytesOf(response)).length).toBe(response.length);
    }
    // Indented, it is as long as it turns out to be.
    const { length } = await server.raw('GET', `${configMaps}?pretty=true`, undefined, { accept: 'application/json' });
    expect(length).toBeUndefined();
  });

  it.each([
    ['JSON', 'application/json'],
    ['protobuf', 'application/vnd.kubernetes.protobuf'],
  ])('gives others their turn, however fast its reader, in %s', async (_, accept) => {
    const server = await filled(1_200);
    const { body } = await server.raw('GET', configMaps, undefined, { accept });
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    let chunks = 0;
    for await (const _chunk of body as AsyncIterable<Uint8Array>) chunks++;
    done = true;
    expect(turns).toBeGreaterThan(chunks / 2);
  });

  it('is the same in protobuf when it is asked for again, but for what has changed', async () => {
    const server = await filled(300);
    const list = async () => {
      const response = await server.raw('GET', configMaps, undefined, {
        accept: 'application/vnd.kubernetes.protobuf',
      });
      return decodeObject(await bytesOf(response)) as { items: { metadata: { name: string }; data: object }[] };
    };
    const first = await list();
    expect((await list()).items).toEqual(first.items);
    await server.ask(
      'PATCH',
      `${configMaps}/name-7`,
      { data: { text: 'other' } },
      {
        'content-type': 'application/merge-patch+json',
      },
    );
    await server.ask('DELETE', `${configMaps}/name-8`);
    const { items } = await list();
    expect(items.find(({ metadata }) => metadata.name === 'name-7')?.data).toEqual({ text: 'other', accent: 'ü' });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(
      first.items.map(({ metadata }) => metadata.name).filter((name) => name !== 'name-8'),
    );
  });

  it('makes a chunk when it is asked for one, and none of them holds it all', async () => {
    const server = await filled(600);
    const { body } = await server.raw('GET', configMaps);
    const sizes: number[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array>) sizes.push(chunk.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(total / 2);
  });

  it('is given up when its reader goes', async () => {
    const server = await filled(600);
    const { body } = await server.raw('GET', configMaps);
    const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    expect((await chunks.next()).done).toBe(true);
  });
});
