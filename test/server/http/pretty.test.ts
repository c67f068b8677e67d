import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indented } from '../../../src/server/http/pretty.js';
import { bytesOf, configMap, configMaps, TestServer } from '../client.js';

const text = async (server: TestServer, path: string, agent: string) =>
  new TextDecoder().decode(await bytesOf(await server.raw('GET', path, undefined, { 'user-agent': agent })));

describe('indented answers', () => {
  it('are for people: their programs, or whoever asks for them', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a', { data: { 'a"b': '{"x": [1,2]}\\' } }));
    const plain = await text(server, `${configMaps}/a`, 'kubectl/v1');
    const pretty = JSON.stringify(JSON.parse(plain), undefined, 2);
    expect(plain).not.toBe(pretty);
    expect(await text(server, `${configMaps}/a`, 'curl/8.0')).toBe(pretty);
    expect(await text(server, `${configMaps}/a?pretty=true`, 'kubectl/v1')).toBe(pretty);
    expect(await text(server, `${configMaps}/a?pretty=false`, 'curl/8.0')).toBe(plain);
  });

  it('are lists, errors and discovery too, not the events of a watch', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    for (const path of [configMaps, `${configMaps}/none`, '/api/v1', '/apis']) {
      const pretty = JSON.stringify(JSON.parse(await text(server, path, 'test')), undefined, 2);
      expect(await text(server, path, 'curl/8.0')).toBe(pretty);
    }
    const response = await server.raw('GET', `${configMaps}?watch=true&timeoutSeconds=1&pretty=true`);
    const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const line = new TextDecoder().decode((await iterator.next()).value);
    expect(line.trim().split('\n')).toHaveLength(1);
    await iterator.return?.(undefined);
  });

  it('say what the others say, however they are cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.integer({ min: 1, max: 7 }), async (value, size) => {
        const bytes = new TextEncoder().encode(JSON.stringify(value));
        async function* chunks() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const headers = { 'content-type': 'application/json' };
        const out = await bytesOf(indented({ status: 200, headers, body: chunks() }));
        expect(new TextDecoder().decode(out)).toBe(JSON.stringify(value, undefined, 2));
      }),
    );
  });
});
