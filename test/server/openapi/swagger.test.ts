import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe('/openapi/v2', () => {
  it('has every path and every schema, and leaves no reference open', async () => {
    const server = new TestServer();
    const { body, headers } = await server.ask('GET', '/openapi/v2');
    expect(body.swagger).toBe('2.0');
    expect(body.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch.operationId).toBe(
      'patchAppsV1NamespacedDeployment',
    );
    const open: string[] = [];
    JSON.stringify(body, (key, value) => {
      if (
        key === '$ref' &&
        typeof value === 'string' &&
        body.definitions[value.slice('#/definitions/'.length)] === undefined
      )
        open.push(value);
      return value;
    });
    expect(open).toEqual([]);
    const again = await server.raw('GET', '/openapi/v2', undefined, { 'if-none-match': String(headers.etag) });
    expect(again.status).toBe(304);
  });

  it('writes types as version 2 does', async () => {
    const { body } = await new TestServer().ask('GET', '/openapi/v2');
    const { metadata, spec } = body.definitions['io.k8s.api.apps.v1.Deployment'].properties;
    expect(metadata).toEqual({ $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' });
    expect(spec).toEqual({ $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentSpec' });
    const intOrString = body.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'];
    expect(intOrString).toEqual({ type: 'string', format: 'int-or-string' });
  });

  it('has custom resources as soon as they are defined, and speaks JSON only', async () => {
    const server = new TestServer();
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'string', nullable: true } } } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const names = { plural: 'things', kind: 'Thing' };
    const spec = { group: 'x.io', scope: 'Namespaced', names, versions };
    await server.ask('POST', definitions, { metadata: { name: 'things.x.io' }, spec });
    await server.ask('GET', '/apis/x.io/v1/things');
    const { body } = await server.ask('GET', '/openapi/v2');
    expect(body.definitions['io.x.v1.Thing'].properties.spec).toEqual({});
    const protobuf = { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' };
    const refused = await server.raw('GET', '/openapi/v2', undefined, protobuf);
    expect(refused.status).toBe(406);
    await bytesOf(refused);
  });
});
