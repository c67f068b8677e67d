import { expect, it } from 'vitest';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { bytesOf, TestServer } from '../client.js';

const definition = {
  metadata: { name: 'sites.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'sites', kind: 'Site' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const sites = '/apis/example.com/v1/namespaces/default/sites';
const protobuf = (as: string) => `application/vnd.kubernetes.protobuf;as=${as};v=v1;g=meta.k8s.io`;

async function withSite(): Promise<TestServer> {
  const server = new TestServer();
  await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await server.ask('POST', sites, { apiVersion: 'example.com/v1', kind: 'Site', metadata: { name: 'a' } });
  return server;
}

it.each([
  ['GET', sites, 'PartialObjectMetadata', 'is a list'],
  ['DELETE', sites, 'PartialObjectMetadata', 'is a list'],
  ['GET', `${sites}/a`, 'PartialObjectMetadataList', 'is not a list'],
  ['DELETE', `${sites}/a`, 'PartialObjectMetadataList', 'is not a list'],
])('%s of custom resources refuses a form that does not fit, in protobuf as in JSON', async (method, path, as, why) => {
  for (const accept of [protobuf(as), `application/json;as=${as};v=v1;g=meta.k8s.io`]) {
    const server = await withSite();
    const response = await server.raw(method, path, undefined, { accept });
    expect([accept, response.status]).toEqual([accept, 406]);
    const bytes = await bytesOf(response);
    const status = accept.startsWith('application/json')
      ? JSON.parse(Buffer.from(bytes).toString())
      : decodeObject(bytes);
    expect((status as { message: string }).message).toContain(why);
  }
});

it('the metadata of custom resources has a form in protobuf', async () => {
  const server = await withSite();
  const response = await server.raw('GET', sites, undefined, { accept: protobuf('PartialObjectMetadataList') });
  expect(response.status).toBe(200);
  expect(decodeObject(await bytesOf(response))).toMatchObject({ items: [{ metadata: { name: 'a' } }] });
});
