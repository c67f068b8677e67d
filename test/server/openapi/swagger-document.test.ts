import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

type Fields = readonly { readonly number: number; readonly bytes: Uint8Array }[];

/** The fields of a protobuf message, those with a length as their bytes. */
function fieldsIn(bytes: Uint8Array): Fields {
  const out: { number: number; bytes: Uint8Array }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const length = [() => varint() * 0, () => 8, varint][tag & 7]?.() ?? 0;
    out.push({ number: tag >> 3, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return out;
}

const bytesAt = (fields: Fields, number: number): Uint8Array =>
  fields.find((field) => field.number === number)?.bytes ?? new Uint8Array();
const textAt = (fields: Fields, number: number): string => new TextDecoder().decode(bytesAt(fields, number));

/** Entries with a name and a value, by name. */
function entriesIn(bytes: Uint8Array, number: number): Map<string, Uint8Array> {
  const entries = fieldsIn(bytes).filter((field) => field.number === number);
  return new Map(entries.map((entry) => [textAt(fieldsIn(entry.bytes), 1), bytesAt(fieldsIn(entry.bytes), 2)]));
}

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
    expect(metadata).toMatchObject({ $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' });
    expect(spec).toMatchObject({ $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentSpec' });
    const intOrString = body.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'];
    expect(intOrString).toEqual({ type: 'string', format: 'int-or-string' });
  });

  it('has custom resources as soon as they are defined', async () => {
    const server = new TestServer();
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'string', nullable: true } } } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const names = { plural: 'things', kind: 'Thing' };
    const spec = { group: 'x.io', scope: 'Namespaced', names, versions };
    await server.ask('POST', definitions, { metadata: { name: 'things.x.io' }, spec });
    await server.ask('GET', '/apis/x.io/v1/things');
    const { body } = await server.ask('GET', '/openapi/v2');
    expect(body.definitions['io.x.v1.Thing'].properties.spec).toEqual({});
  });

  it('tells of no fields of a kind that keeps any, and leaves out what kubectl stumbles over', async () => {
    const server = new TestServer();
    const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const define = async (kind: string, openAPIV3Schema: object) => {
      const names = { plural: `${kind.toLowerCase()}s`, kind };
      const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }];
      const spec = { group: 'x.io', scope: 'Namespaced', names, versions };
      await server.ask('POST', definitions, { metadata: { name: `${names.plural}.x.io` }, spec });
      await server.ask('GET', `/apis/x.io/v1/${names.plural}`);
    };
    await define('Open', { ...any, properties: { known: { type: 'string' } } });
    const may = { type: 'string', nullable: true };
    const inner = { type: 'object', required: ['may', 'must'], properties: { may, must: { type: 'string' } } };
    await define('Closed', { type: 'object', properties: { open: any, inner } });
    const { body } = await server.ask('GET', '/openapi/v2');
    expect(body.definitions['io.x.v1.Open']).toEqual({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'x.io', kind: 'Open', version: 'v1' }],
    });
    const { properties } = body.definitions['io.x.v1.Closed'];
    expect(properties.open).toEqual({ 'x-kubernetes-preserve-unknown-fields': true });
    expect(properties.inner.required).toEqual(['must']);
  });

  it('is given in protobuf to those who ask for it, with the same content', async () => {
    const server = new TestServer();
    const types = ['@v1.0', '.v1.0'].map((end) => `application/com.github.proto-openapi.spec.v2${end}+protobuf`);
    const answers = await Promise.all(types.map((accept) => server.raw('GET', '/openapi/v2', undefined, { accept })));
    for (const { status, headers } of answers) expect([status, headers['content-type']]).toEqual([200, types[1]]);
    const [first] = answers;
    const bytes = first === undefined ? new Uint8Array() : await bytesOf(first);
    const { body, headers } = await server.ask('GET', '/openapi/v2');
    expect(first?.headers.etag).toBe(headers.etag);
    const document = fieldsIn(bytes);
    expect(textAt(document, 1)).toBe('2.0');
    const definitions = entriesIn(bytesAt(document, 9), 1);
    expect([...definitions.keys()]).toEqual(Object.keys(body.definitions));
    const paths = entriesIn(bytesAt(document, 8), 2);
    expect([...paths.keys()]).toEqual(Object.keys(body.paths));
    const deployment = fieldsIn(definitions.get('io.k8s.api.apps.v1.Deployment') ?? new Uint8Array());
    const properties = entriesIn(bytesAt(deployment, 25), 1);
    const spec = fieldsIn(properties.get('spec') ?? new Uint8Array());
    expect(textAt(spec, 1)).toBe('#/definitions/io.k8s.api.apps.v1.DeploymentSpec');
    expect(textAt(fieldsIn(bytesAt(fieldsIn(properties.get('kind') ?? new Uint8Array()), 22)), 1)).toBe('string');
    const kinds = entriesIn(definitions.get('io.k8s.api.apps.v1.Deployment') ?? new Uint8Array(), 31);
    const yaml = textAt(fieldsIn(kinds.get('x-kubernetes-group-version-kind') ?? new Uint8Array()), 2);
    expect(JSON.parse(yaml)).toEqual([{ group: 'apps', kind: 'Deployment', version: 'v1' }]);
    const { get } = body.paths['/version/'];
    const version = fieldsIn(bytesAt(fieldsIn(paths.get('/version/') ?? new Uint8Array()), 2));
    expect(textAt(version, 5)).toBe(get.operationId);
  });

  it('is refused in forms it does not have', async () => {
    const refused = await new TestServer().raw('GET', '/openapi/v2', undefined, { accept: 'text/html' });
    expect(refused.status).toBe(406);
  });
});
