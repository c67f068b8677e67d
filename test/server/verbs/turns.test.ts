import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const path = '/api/v1/namespaces/default/configmaps';

/** Counts the turns that the event loop makes while something runs. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await work();
  running = false;
  return turns;
}

describe('requests that take long give others a turn', () => {
  it('between deletions of a collection', async () => {
    const server = new TestServer();
    for (let index = 0; index < 320; index++) await server.ask('POST', path, { metadata: { name: `m${index}` } });
    const turns = await turnsDuring(async () => {
      expect((await server.ask('DELETE', path)).body.items).toHaveLength(320);
    });
    expect(turns).toBeGreaterThanOrEqual(10);
    expect((await server.ask('GET', path)).body.items).toEqual([]);
  });

  it('between the steps of a large write', async () => {
    const server = new TestServer();
    const data = { large: 'x'.repeat(300_000) };
    await server.ask('POST', path, { metadata: { name: 'warm' }, data });
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data };
    expect(await turnsDuring(() => server.ask('POST', path, object))).toBeGreaterThanOrEqual(2);
    for (const type of ['merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml']) {
      const headers = { 'content-type': `application/${type}` };
      const patch = { ...object, data: { large: `${type}${data.large}` } };
      const ask = () =>
        server.ask('PATCH', `${path}/a?fieldManager=f${type.startsWith('apply') ? '&force=true' : ''}`, patch, headers);
      const turns = await turnsDuring(async () => expect((await ask()).status).toBeLessThan(500));
      expect([type, turns >= 3]).toEqual([type, true]);
    }
  });

  it('between the steps of a write whose body has very many fields', async () => {
    const server = new TestServer();
    const object = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'many' },
      data: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key-${index}`, value])),
    });
    const turns: { [step: string]: number } = {};
    const ask = async (step: string, method: string, name: string, body?: object, headers = {}) => {
      turns[step] = await turnsDuring(async () =>
        expect((await server.ask(method, `${path}${name}`, body, headers)).status).toBeLessThan(300),
      );
    };
    await ask('create', 'POST', '', object('a'));
    for (const [language, value] of [
      ['apply-patch+yaml', 'b'],
      ['apply-patch+yaml', 'c'],
      ['strategic-merge-patch+json', 'd'],
    ] as const) {
      const headers = { 'content-type': `application/${language}` };
      await ask(
        `${language} ${value}`,
        'PATCH',
        `/many?fieldManager=f${language.startsWith('apply') ? '&force=true' : ''}`,
        object(value),
        headers,
      );
    }
    await ask('replace', 'PUT', '/many', object('e'));
    const small = { ...object(''), data: { other: 'f' } };
    await ask('small patch', 'PATCH', '/many', small, { 'content-type': 'application/merge-patch+json' });
    await ask('YAML', 'GET', '/many', undefined, { accept: 'application/yaml' });
    const atLeast = [
      ['create', 9],
      ['apply-patch+yaml b', 20],
      ['apply-patch+yaml c', 25],
      ['strategic-merge-patch+json d', 20],
      ['replace', 18],
      ['small patch', 15],
      ['YAML', 20],
    ] as const;
    for (const [step, least] of atLeast) expect(turns[step], step).toBeGreaterThanOrEqual(least);
  });
});
