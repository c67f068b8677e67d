import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../../src/server/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { nextTurn } from '../../src/util/next-turn.js';
import { decodeObject } from '../../src/wire/protobuf/decode.js';
import { encodeObject } from '../../src/wire/protobuf/encode.js';

const protobuf = 'application/vnd.kubernetes.protobuf';
const deployments = '/apis/apps/v1/namespaces/shop/deployments';

const deployment = (name: string) => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name, labels: { app: name }, annotations: { z: '\u2603', a: '' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i',
            resources: { limits: { cpu: '1500m', memory: '1Gi' } },
            livenessProbe: { httpGet: { port: 'web', path: '/' }, periodSeconds: 3 },
          },
        ],
        volumes: [{ name: 'v', configMap: { name: 'm', items: [{ key: 'k', path: 'p' }] } }],
      },
    },
  },
});

describe('the server in protobuf', () => {
  const clock = new FakeClock();
  const server = new ApiServer({ controllers: [], runtimeConfig: 'api/all=true', clock });

  async function send(method: string, path: string, accept: string, body?: Uint8Array, contentType = protobuf) {
    const headers = { accept, ...(body === undefined ? {} : { 'content-type': contentType }) };
    const response = await server.handle({ method, path, headers, body });
    const chunks: Uint8Array[] = [];
    if (response.body instanceof Uint8Array) chunks.push(response.body);
    else for await (const chunk of response.body) chunks.push(chunk);
    return { status: response.status, type: response.headers['content-type'], bytes: Buffer.concat(chunks) };
  }

  const both = async (path: string, suffix = '') => {
    const json = await send('GET', path, `application/json${suffix}`);
    const answer = await send('GET', path, `${protobuf}${suffix},application/json`);
    return { json: JSON.parse(json.bytes.toString()) as unknown, answer };
  };

  beforeAll(async () => {
    const json = (value: object) => Buffer.from(JSON.stringify(value));
    const namespace = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'shop' } };
    await send('POST', '/api/v1/namespaces', 'application/json', json(namespace), 'application/json');
  });

  afterAll(() => server.close());

  it('takes objects, and answers with what it made of them', async () => {
    const created = await send('POST', deployments, protobuf, encodeObject(deployment('web')));
    expect([created.status, created.type]).toEqual([201, protobuf]);
    const { json, answer } = await both(`${deployments}/web`);
    expect(answer.type).toBe(protobuf);
    expect(JSON.stringify(decodeObject(answer.bytes)).length).toBe(JSON.stringify(json).length);
    expect(decodeObject(answer.bytes)).toEqual(json);
    expect(decodeObject(created.bytes)).toEqual(json);
  });

  it('updates, patches and deletes', async () => {
    await send('POST', deployments, protobuf, encodeObject(deployment('brief')));
    const path = `${deployments}/brief`;
    const changed = { ...deployment('brief'), spec: { ...deployment('brief').spec, replicas: 4 } };
    const updated = await send('PUT', path, protobuf, encodeObject(changed));
    expect(decodeObject(updated.bytes)).toMatchObject({ spec: { replicas: 4 } });
    const patch = Buffer.from('{"spec":{"paused":true}}');
    const patched = await send('PATCH', path, protobuf, patch, 'application/merge-patch+json');
    expect(decodeObject(patched.bytes)).toMatchObject({ spec: { paused: true, replicas: 4 } });
    const options = encodeObject({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } });
    const refused = await send('DELETE', path, protobuf, options);
    expect([refused.status, refused.type]).toEqual([409, protobuf]);
    expect(decodeObject(refused.bytes)).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      reason: 'Conflict',
      code: 409,
    });
    expect((await send('DELETE', path, protobuf)).status).toBe(200);
    const gone = await send('GET', path, protobuf);
    expect(decodeObject(gone.bytes)).toMatchObject({ reason: 'NotFound', details: { name: 'brief', group: 'apps' } });
  });

  it.each([
    ['lists', deployments, ''],
    ['lists over all namespaces', '/apis/apps/v1/deployments?limit=1', ''],
    ['empty lists', '/api/v1/secrets', ''],
    ['metadata of one', `${deployments}/web`, ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1'],
    ['metadata of many', deployments, ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
    ['scale', `${deployments}/web/scale`, ''],
    ['discovery', '/apis/apps/v1', ''],
  ])('says the same in both encodings: %s', async (_what, path, suffix) => {
    const { json, answer } = await both(path, suffix);
    expect([answer.status, answer.type]).toEqual([200, protobuf]);
    // Items of a list carry no kind in protobuf, where metadata would have one in JSON.
    const stripped = JSON.parse(
      JSON.stringify(json).replaceAll(
        /(?<=[[,])\{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io\/v1",/g,
        '{',
      ),
    );
    expect(decodeObject(answer.bytes)).toEqual(stripped);
  });

  it('has no tables in protobuf: they come in what is accepted next', async () => {
    const { answer } = await both(deployments, ';as=Table;g=meta.k8s.io;v=v1');
    expect(answer.type).toBe('application/json');
  });

  it('says so when a body is none', async () => {
    const broken = encodeObject(deployment('broken'));
    for (const body of [broken.subarray(0, 60), broken.subarray(4), Buffer.from('{}')]) {
      const answer = await send('POST', deployments, 'application/json', body);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.bytes.toString())).toMatchObject({ reason: 'BadRequest' });
    }
  });

  it('encodes a change once in each form, for all who watch in it', async () => {
    const forms = [
      `${protobuf};stream=watch`,
      'application/json',
      `${protobuf};stream=watch;as=PartialObjectMetadata;g=meta.k8s.io;v=v1`,
    ];
    const bodies = await Promise.all(
      [...forms, ...forms].map(async (accept) => {
        const path = '/api/v1/namespaces/shop/secrets?watch=true&resourceVersion=0';
        const { body } = await server.handle({ method: 'GET', path, headers: { accept }, body: undefined });
        if (body instanceof Uint8Array) throw new Error('no stream');
        return body[Symbol.asyncIterator]();
      }),
    );
    const next = bodies.map((body) => body.next());
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => nextTurn(resolve));
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'shared' }, data: { k: 'dg==' } };
    await send('POST', '/api/v1/namespaces/shop/secrets', protobuf, encodeObject(secret));
    const frames = (await Promise.all(next)).map(({ value }) => value as Uint8Array);
    for (const [i] of forms.entries()) expect(frames[i + forms.length]).toBe(frames[i]);
    expect(new Set(frames).size).toBe(forms.length);
    expect(JSON.parse(Buffer.from(frames[1] ?? []).toString()).object.data).toEqual({ k: 'dg==' });
    await Promise.all(bodies.map((body) => body.return?.()));
  });

  it('watches in frames of four bytes of length and an event', async () => {
    const namespace = decodeObject((await send('GET', '/api/v1/namespaces/shop', protobuf)).bytes);
    const { resourceVersion } = (namespace as { metadata: { resourceVersion: string } }).metadata;
    const query = `watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
    const watch = (accept: string) => send('GET', `${deployments}?${query}`, accept);
    const before = clock.pending;
    const watches = Promise.all([watch(`${protobuf};stream=watch`), watch('application/json')]);
    while (clock.pending < before + 2) await new Promise<void>((resolve) => nextTurn(resolve));
    await clock.advance(1_000);
    const [inProtobuf, inJson] = await watches;
    expect(inProtobuf.type).toBe(`${protobuf};stream=watch`);
    const lines = inJson.bytes.toString().trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    let at = 0;
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: unknown };
      const end = at + 4 + inProtobuf.bytes.readUInt32BE(at);
      // WatchEvent: 1 the type, 2 a RawExtension with the object in field 1.
      const typeEnd = at + 6 + type.length;
      expect(inProtobuf.bytes.toString('latin1', at + 6, typeEnd)).toBe(type);
      const start = inProtobuf.bytes.indexOf('k8s\0', typeEnd);
      expect(decodeObject(inProtobuf.bytes.subarray(start, end))).toEqual(object);
      at = end;
    }
    expect(at).toBe(inProtobuf.bytes.length);
  });
});
