import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { configMap, configMaps, TestServer } from '../client.js';

const minutes = 60_000;

async function firstPage(server: TestServer): Promise<string> {
  for (const name of ['a', 'b', 'c']) await server.ask('POST', configMaps, configMap(name));
  const { body } = await server.ask('GET', `${configMaps}?limit=1`);
  return body.metadata.continue;
}

describe('the compactor', () => {
  it('lets continue tokens and versions expire after the second interval', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ clock });
    const token = await firstPage(server);
    await clock.advance(5 * minutes);
    expect((await server.ask('GET', `${configMaps}?continue=${token}`)).status).toBe(200);
    await server.ask('POST', configMaps, configMap('d'));
    await server.ask('POST', configMaps, configMap('e'));
    await clock.advance(5 * minutes);
    await server.ask('POST', configMaps, configMap('f'));
    await clock.advance(5 * minutes);
    const { status, body } = await server.ask('GET', `${configMaps}?continue=${token}`);
    expect({ status, reason: body.reason }).toEqual({ status: 410, reason: 'Expired' });
    const rest = await server.ask('GET', `${configMaps}?continue=${body.metadata.continue}`);
    expect(rest.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      'b',
      'c',
      'd',
      'e',
      'f',
    ]);
    await server.api.close();
  });

  it('keeps all history with an interval of 0', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ clock, compactionIntervalMs: 0 });
    const token = await firstPage(server);
    await clock.advance(60 * minutes);
    await server.ask('POST', configMaps, configMap('d'));
    expect((await server.ask('GET', `${configMaps}?continue=${token}`)).status).toBe(200);
  });

  it('stops with the server', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ clock });
    await server.ask('GET', configMaps);
    await server.api.close();
    expect(clock.pending).toBe(0);
  });
});
