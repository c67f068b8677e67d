import { afterEach, describe, expect, it } from 'vitest';
import type { LocalServer, LocalServerOptions } from '../../../src/testing/index.js';
import { FakeClock, seededRandom, startServer } from '../../../src/testing/index.js';
import { bytesOf, configMap, configMaps, turn } from '../client.js';

const running: LocalServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function start(options: LocalServerOptions = {}): Promise<LocalServer> {
  const server = await startServer({ listen: false, controllers: [], ...options });
  running.push(server);
  return server;
}

async function ask(server: LocalServer, method: string, path: string, body?: object, accept = 'application/json') {
  const response = await server.faults.handle({
    method,
    path,
    headers: { 'content-type': 'application/json', 'user-agent': 'test/1', accept },
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
  });
  const bytes = await bytesOf(response);
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: () => JSON.parse(Buffer.from(bytes).toString()),
  };
}

const create = (server: LocalServer, name: string) => ask(server, 'POST', configMaps, configMap(name));
const names = async (server: LocalServer, query = '') =>
  (await ask(server, 'GET', `${configMaps}${query}`))
    .body()
    .items.map((item: { metadata: { name: string } }) => item.metadata.name);

/** A watch whose chunks gather in a list. */
async function watch(server: LocalServer, query = '', accept = 'application/json') {
  const { body } = await server.faults.handle({
    method: 'GET',
    path: `${configMaps}?watch=1${query}`,
    headers: { accept },
  });
  const chunks: Buffer[] = [];
  const ended = (async () => {
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
    return 'whole';
  })().catch((error: Error) => error.name);
  await turn();
  const events = () =>
    Buffer.concat(chunks)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`);
  return { chunks, ended, events };
}

describe('faults of requests', () => {
  it('answer so many matching requests with a status and when to come again, and no others', async () => {
    const server = await start();
    const limit = { kind: 'answer', status: 429, retryAfterSeconds: 3 } as const;
    const rule = server.faults.add({ verb: 'create', resource: 'configmaps' }, limit, { times: 2 });
    expect((await ask(server, 'GET', configMaps)).status).toBe(200);
    const refused = await create(server, 'a');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('3');
    expect(refused.body()).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 3 },
    });
    expect((await create(server, 'a')).status).toBe(429);
    expect((await create(server, 'a')).status).toBe(201);
    expect(rule.hits).toBe(2);
  });

  it('are told in the encoding the client takes', async () => {
    const server = await start();
    server.faults.add({}, { kind: 'answer', status: 503 });
    const { bytes } = await ask(server, 'GET', configMaps, undefined, 'application/vnd.kubernetes.protobuf');
    expect(Buffer.from(bytes.subarray(0, 4)).toString('latin1')).toBe('k8s\0');
  });

  it.each([
    [{ verb: ['get', 'list'] }, 'GET', configMaps],
    [{ group: '', namespace: 'default' }, 'GET', configMaps],
    [{ name: 'a' }, 'GET', `${configMaps}/a`],
    [
      { resource: 'configmaps', when: ({ path }: { path: string }) => path.includes('limit=7') },
      'GET',
      `${configMaps}?limit=7`,
    ],
    [{ resource: 'pods/status' }, 'GET', '/api/v1/namespaces/default/pods/a/status'],
    [{ verb: 'deletecollection' }, 'DELETE', configMaps],
    [{ user: undefined, resource: 'deployments', group: 'apps' }, 'GET', '/apis/apps/v1/deployments'],
  ] as const)('find the requests that fit %o', async (match, method, path) => {
    const server = await start();
    const rule = server.faults.add(match, { kind: 'answer', status: 500 });
    expect((await ask(server, 'GET', '/apis')).status).toBe(200);
    expect((await ask(server, 'POST', '/api/v1/namespaces/other/secrets', { metadata: { name: 'b' } })).status).toBe(
      404,
    );
    expect((await ask(server, method, path)).status).toBe(500);
    expect(rule.hits).toBe(1);
  });

  it('strike by chance, and the same seed strikes the same requests', async () => {
    const struck = async (seed: number) => {
      const server = await start({ random: seededRandom(seed) });
      server.faults.add({ verb: 'list' }, { kind: 'answer', status: 500 }, { times: Infinity, probability: 0.5 });
      const answers: number[] = [];
      for (let i = 0; i < 40; i++) answers.push((await ask(server, 'GET', configMaps)).status);
      return answers.join();
    };
    expect(await struck(7)).toBe(await struck(7));
    expect(await struck(7)).not.toBe(await struck(8));
    expect(new Set((await struck(7)).split(','))).toEqual(new Set(['200', '500']));
  });

  it('lose a request before anything is done, or its answer after everything is', async () => {
    const server = await start();
    server.faults.add({ verb: 'create' }, { kind: 'lose-request' });
    await expect(create(server, 'a')).rejects.toMatchObject({ name: 'NetworkError' });
    expect(await names(server)).toEqual([]);
    server.faults.add({ verb: 'create' }, { kind: 'lose-answer' });
    await expect(create(server, 'a')).rejects.toMatchObject({ name: 'NetworkError' });
    expect(await names(server)).toEqual(['a']);
  });

  it('delay by the clock of the server', async () => {
    const clock = new FakeClock();
    const server = await start({ clock });
    server.faults.add({ verb: 'list' }, { kind: 'delay', ms: 5_000 });
    const answer = ask(server, 'GET', configMaps);
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await clock.advance(4_999);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  it('find a list too old, or this server behind', async () => {
    const server = await start();
    server.faults.add({ verb: 'list' }, { kind: 'expired' });
    expect((await ask(server, 'GET', configMaps)).body()).toMatchObject({ code: 410, reason: 'Expired' });
    server.faults.add({ verb: 'list' }, { kind: 'too-large-resource-version' });
    const behind = await ask(server, 'GET', `${configMaps}?resourceVersion=105`);
    expect(behind.status).toBe(504);
    expect(behind.body().details.causes[0].reason).toBe('ResourceVersionTooLarge');
  });

  it('are over when they are removed or cleared', async () => {
    const server = await start();
    server.faults.add({}, { kind: 'answer', status: 500 }, { times: Infinity }).remove();
    expect((await ask(server, 'GET', configMaps)).status).toBe(200);
    server.faults.add({}, { kind: 'answer', status: 500 }, { times: Infinity });
    await server.faults.clear();
    expect((await ask(server, 'GET', configMaps)).status).toBe(200);
  });
});

describe('faults of watches', () => {
  it('cut those that fit and leave the others', async () => {
    const server = await start();
    const one = await watch(server);
    const other = await watch(server, '&labelSelector=a%3Db');
    expect(server.faults.cutWatches({ when: ({ path }) => !path.includes('labelSelector') })).toBe(1);
    expect(await one.ended).toBe('NetworkError');
    expect(server.faults.endWatches()).toBe(1);
    expect(await other.ended).toBe('whole');
    expect(server.faults.cutWatches()).toBe(0);
  });

  it('end them with 410, in JSON and in protobuf, also from the start', async () => {
    const server = await start();
    const text = await watch(server);
    const binary = await watch(server, '', 'application/vnd.kubernetes.protobuf;stream=watch');
    expect(server.faults.expireWatches({ resource: 'configmaps' })).toBe(2);
    expect(await text.ended).toBe('whole');
    expect(text.events()).toEqual(['ERROR Expired']);
    await binary.ended;
    const frame = Buffer.concat(binary.chunks);
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect(frame.toString('latin1')).toContain('Expired');
    server.faults.add({ verb: 'watch' }, { kind: 'expired' });
    const next = await watch(server);
    await next.ended;
    expect(next.events()).toEqual(['ERROR Expired']);
  });

  it('stall them, and let go of what was held back', async () => {
    const server = await start();
    const early = await watch(server);
    const stall = server.faults.stallWatches({ resource: 'configmaps' });
    const late = await watch(server);
    await create(server, 'a');
    await turn();
    expect([...early.events(), ...late.events()]).toEqual([]);
    stall.remove();
    await turn();
    expect([...early.events(), ...late.events()]).toEqual(['ADDED a', 'ADDED a']);
    server.faults.stallWatches();
    await create(server, 'b');
    await turn();
    server.faults.cutWatches();
    expect(await early.ended).toBe('NetworkError');
  });

  it('lose events, of one type or all, so many or by a rule', async () => {
    const clock = new FakeClock();
    const server = await start({ clock });
    const seen = await watch(server, '&allowWatchBookmarks=true');
    server.faults.dropEvents({ type: 'ADDED' }, { times: 1 });
    await create(server, 'a');
    await create(server, 'b');
    await turn();
    expect(seen.events()).toEqual(['ADDED b']);
    const bookmarks = server.faults.dropBookmarks();
    await clock.advance(120_000);
    expect(seen.events()).toEqual(['ADDED b']);
    expect(bookmarks.hits).toBe(2);
    bookmarks.remove();
    await clock.advance(60_000);
    expect(seen.events()).toEqual(['ADDED b', 'BOOKMARK ']);
  });

  it('lose bookmarks in protobuf too', async () => {
    const server = await start();
    server.faults.dropBookmarks();
    const query = '&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
    await create(server, 'a');
    const seen = await watch(server, query, 'application/vnd.kubernetes.protobuf;stream=watch');
    const text = Buffer.concat(seen.chunks).toString('latin1');
    expect(text).toContain('ADDED');
    expect(text).not.toContain('BOOKMARK');
  });

  it('find history gone after a compaction', async () => {
    const server = await start();
    const revision = (await create(server, 'a')).body().metadata.resourceVersion;
    await create(server, 'b');
    await server.faults.compact();
    await server.faults.compact();
    const late = await watch(server, `&resourceVersion=${revision}`);
    await late.ended;
    expect(late.events()).toEqual(['ERROR Expired']);
  });

  it('serve the past to those who do not mind', async () => {
    const server = await start();
    await create(server, 'a');
    await server.faults.freezeCache();
    await create(server, 'b');
    expect(await names(server, '?resourceVersion=0')).toEqual(['a']);
    expect(await names(server)).toEqual(['a', 'b']);
    await server.faults.thawCache();
    expect(await names(server, '?resourceVersion=0')).toEqual(['a', 'b']);
  });
});

describe('a server that goes down', () => {
  it('breaks its watches, refuses connections, and comes back on its port with what it stored', async () => {
    const server = await start({ listen: true });
    const { url = '' } = server;
    await create(server, 'a');
    const stream = await fetch(`${url}${configMaps}?watch=1&resourceVersion=0`);
    const broken = stream.text().then(
      () => 'whole',
      () => 'broken',
    );
    await server.down();
    expect(await broken).toBe('broken');
    await expect(fetch(`${url}${configMaps}`)).rejects.toThrow();
    expect(server.url).toBe(url);
    await server.up();
    const list = (await (await fetch(`${url}${configMaps}`)).json()) as { items: unknown[] };
    expect(list.items).toHaveLength(1);
  });

  it('stays away for as long as its clock says, inside the process too', async () => {
    const clock = new FakeClock();
    const server = await start({ clock });
    const open = await watch(server);
    const back = server.restart(3_000);
    expect(await open.ended).toBe('NetworkError');
    await clock.advance(2_999);
    await expect(ask(server, 'GET', configMaps)).rejects.toMatchObject({ name: 'NetworkError' });
    await clock.advance(1);
    await back;
    expect((await ask(server, 'GET', configMaps)).status).toBe(200);
  });

  it('lets a client see a lost answer as a broken connection', async () => {
    const server = await start({ listen: true });
    server.faults.add({ verb: 'create' }, { kind: 'lose-answer' });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(configMap('a'));
    await expect(fetch(`${server.url}${configMaps}`, { method: 'POST', headers, body })).rejects.toThrow();
    expect(await names(server)).toEqual(['a']);
  });
});

describe('a server that goes back', () => {
  it('does so from its handle, with clients connected', async () => {
    const server = await start();
    await create(server, 'fixture');
    const snapshot = await server.snapshot();
    const open = await watch(server, '&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
    await create(server, 'of-a-test');
    await server.restore(snapshot);
    await open.ended;
    expect(open.events().at(-1)).toBe('ERROR Expired');
    expect(await names(server)).toEqual(['fixture']);
  });
});
