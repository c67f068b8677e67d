import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
const namespace = '/api/v1/namespaces/default';

describe.each(inherited)('the name %s, which every JavaScript object has,', (name) => {
  it('is an ordinary type of a Secret', async () => {
    const server = new TestServer();
    const body = JSON.stringify({ metadata: { name: 'a' }, type: name });
    expect((await server.ask('POST', `${namespace}/secrets`, body)).status).toBe(201);
  });

  it('is not a kind that a token can be bound to', async () => {
    const server = new TestServer();
    await server.ask('POST', `${namespace}/serviceaccounts`, { metadata: { name: 'robot' } });
    const spec = { boundObjectRef: { kind: name, apiVersion: 'v1', name: 'a' } };
    const { status, body } = await server.ask('POST', `${namespace}/serviceaccounts/robot/token`, { spec });
    expect([status, body.message]).toEqual([400, `cannot bind token to object of type /v1, Kind=${name}`]);
  });

  it('is not a type in the schema of a definition', async () => {
    const property = { type: name, format: 'int32', default: 1 };
    const schema = { openAPIV3Schema: { type: 'object', properties: { a: property } } };
    const { status } = await new TestServer().ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'as.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'as', kind: 'A' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    expect(status).toBe(422);
  });

  it('is not a resource of a container', async () => {
    const env = [{ name: 'A', valueFrom: { resourceFieldRef: { resource: `limits.${name}`, divisor: '3' } } }];
    const spec = { containers: [{ name: 'c', image: 'i', env }] };
    const server = new TestServer({ disableAdmissionPlugins: ['ServiceAccount'] });
    const { status } = await server.ask('POST', `${namespace}/pods`, { metadata: { name: 'a' }, spec });
    expect(status).toBe(422);
  });
});
