import { expect, it } from 'vitest';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { bytesOf, TestServer } from '../client.js';

it('tells which resources there are in protobuf as in JSON, of the core group too, whose answers say no apiVersion', async () => {
  const server = new TestServer();
  const ask = (path: string, accept: string) => server.api.handle({ method: 'GET', path, headers: { accept } });
  for (const path of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1']) {
    const plain = JSON.parse(new TextDecoder().decode(await bytesOf(await ask(path, 'application/json'))));
    const answer = await ask(path, 'application/vnd.kubernetes.protobuf');
    expect(answer.status).toBe(200);
    const bytes = await bytesOf(answer);
    expect(new TextDecoder().decode(bytes.subarray(0, 3))).toBe('k8s');
    // The envelope begins with the apiVersion: a tag, how long it is, and the text.
    expect(bytes[7]).toBe(plain.apiVersion === undefined ? 0 : 2);
    if (plain.apiVersion !== undefined) expect(decodeObject(bytes)).toEqual(plain);
  }
});
