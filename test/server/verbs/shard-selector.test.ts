import { describe, expect, it } from 'vitest';
import { parseShardSelector } from '../../../src/server/verbs/shard-selector.js';
import { configMap, configMaps, TestServer, turn } from '../client.js';

const half = '0x8000000000000000';
const lower = `shardRange(object.metadata.uid, '0x0000000000000000', '${half}')`;
const upper = `shardRange(object.metadata.uid, '${half}', '0x10000000000000000')`;
const at = (path: string, selector: string) => `${path}?shardSelector=${encodeURIComponent(selector)}`;

const namesOf = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name);

async function withConfigMaps(count: number): Promise<TestServer> {
  const server = new TestServer();
  for (let i = 0; i < count; i++) await server.ask('POST', configMaps, configMap(`cm-${i}`));
  return server;
}

describe('the shard selector', () => {
  it('divides a collection: each object is in one shard, and the list names its shard', async () => {
    const server = await withConfigMaps(40);
    const [low, high] = [
      await server.ask('GET', at(configMaps, lower)),
      await server.ask('GET', at(configMaps, upper)),
    ];
    const all = namesOf((await server.ask('GET', configMaps)).body);
    expect([...namesOf(low.body), ...namesOf(high.body)].sort()).toEqual(all.sort());
    expect(namesOf(low.body).length).toBeGreaterThan(0);
    expect(namesOf(high.body).length).toBeGreaterThan(0);
    expect(low.body.metadata.shardInfo).toEqual({ selector: lower });
    const both = await server.ask('GET', at(configMaps, `${lower}||${upper}`));
    expect(namesOf(both.body).sort()).toEqual(all);
    expect(both.body.metadata.shardInfo).toEqual({ selector: `${lower} || ${upper}` });
  });

  it('matches the 64-bit FNV-1a hash of the field', async () => {
    // The published test vector: "foobar" hashes to 0x85944171f73967e8.
    const range = (start: string, end: string) =>
      parseShardSelector(`shardRange(object.metadata.namespace, '${start}', '${end}')`);
    const object = { metadata: { namespace: 'foobar' } };
    expect((await range('0x85944171f73967e8', '0x85944171f73967e9')).matches(object)).toBe(true);
    expect((await range('0x85944171f73967e9', '0x10000000000000000')).matches(object)).toBe(false);
    expect((await range('0x0000000000000000', '0x85944171f73967e8')).matches(object)).toBe(false);
  });

  it('filters the events of a watch, with other selectors', async () => {
    const server = await withConfigMaps(20);
    const low = namesOf((await server.ask('GET', at(configMaps, lower))).body);
    const watch = await server.watch(`${at(configMaps, lower)}&watch=true&resourceVersion=0`);
    const one = low[0] ?? '';
    await server.ask('DELETE', `${configMaps}/${one}`);
    const other = namesOf((await server.ask('GET', at(configMaps, upper))).body)[0] ?? '';
    await server.ask('DELETE', `${configMaps}/${other}`);
    await turn();
    await watch.close();
    const seen = watch.events.map(({ type, object }) => `${type} ${object.metadata.name}`);
    expect(seen).toEqual([...low.map((name) => `ADDED ${name}`), `DELETED ${one}`]);
  });

  it('bounds the deletion of a collection', async () => {
    const server = await withConfigMaps(20);
    const high = namesOf((await server.ask('GET', at(configMaps, upper))).body);
    await server.ask('DELETE', at(configMaps, lower));
    expect(namesOf((await server.ask('GET', configMaps)).body)).toEqual(high);
  });

  it('pages through a shard', async () => {
    const server = await withConfigMaps(30);
    const expected = namesOf((await server.ask('GET', at(configMaps, lower))).body);
    const found: string[] = [];
    let token = '';
    for (let page = 0; page < 40; page++) {
      const { body } = await server.ask('GET', `${at(configMaps, lower)}&limit=3&continue=${token}`);
      found.push(...namesOf(body));
      token = body.metadata.continue ?? '';
      if (token === '') break;
    }
    expect(found).toEqual(expected);
  });

  it.each([
    ['shardRange(object.metadata.uid)', 'shardRange() requires exactly 3 arguments, got 1'],
    [lower.replace('uid', 'name'), 'unsupported field path "object.metadata.name"'],
    [`${lower} && ${upper}`, 'unsupported function "_&&_"; only shardRange() and || are allowed'],
    ['true', 'unexpected expression kind 5; expected shardRange() call or || operator'],
    [lower.replace(half, '0x8'), '(did you mean "0x0000000000000008"?)'],
    [lower.replace(half, '0xF000000000000000'), 'hexEnd: invalid hex character "F" in "0xF000000000000000"'],
    [lower.replace(half, '0x0000000000000000'), 'must be less than end'],
    [lower.replace(half, '0x20000000000000000'), "17-digit hex value must be '0x10000000000000000' (2^64)"],
    [`${lower} || ${upper.replace('uid', 'namespace')}`, 'all shard ranges must use the same field'],
    ['shardRange(', 'CEL parse error: '],
    [' ', 'empty shard selector is not allowed'],
  ])('refuses %s', async (selector, why) => {
    const { status, body } = await new TestServer().ask('GET', at(configMaps, selector));
    expect({ status, message: body.message }).toEqual({
      status: 500,
      message: expect.stringContaining(why),
    });
    expect(body.message).toMatch(/^invalid shard selector: /);
  });

  it('is ignored where its feature gate is off, as in kube-apiserver by default', async () => {
    const server = new TestServer({ featureGates: 'ShardedListAndWatch=false' });
    await server.ask('POST', configMaps, configMap('one'));
    const none = "shardRange(object.metadata.uid, '0x0000000000000000', '0x0000000000000001')";
    const { body } = await server.ask('GET', at(configMaps, none));
    expect(namesOf(body)).toEqual(['one']);
    expect(body.metadata.shardInfo).toBeUndefined();
  });
});
