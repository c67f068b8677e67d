import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/util/clock.js';
import { type Answer, TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';
const token = `${core}/serviceaccounts/bot/token`;
const toPod = { kind: 'Pod', name: 'p', apiVersion: 'v1' };

let now: number;
let server: TestServer;

beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00Z');
  server = new TestServer({ clock: { ...systemClock, now: () => now } });
  await server.ask('POST', `${core}/serviceaccounts`, { metadata: { name: 'bot' } });
  await server.ask('POST', `${core}/pods`, {
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'bot', nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
});

async function requested(spec: object, metadata: object = {}): Promise<Answer> {
  const { status, body } = await server.ask('POST', token, { metadata, spec });
  expect(status).toBe(201);
  return body;
}

const userOf = (body: Answer) =>
  server.api.authenticate({ authorization: `Bearer ${body.status.token}` }, undefined) as Promise<Answer>;

describe('the managed fields of a token request', () => {
  const bound = { 'f:apiVersion': {}, 'f:kind': {}, 'f:name': {} };
  it.each<[string, object, object, object]>([
    ['with nothing', {}, {}, { 'f:spec': { 'f:expirationSeconds': {} } }],
    [
      'with audiences and a bound object',
      {},
      { audiences: ['a'], expirationSeconds: 700, boundObjectRef: toPod },
      { 'f:spec': { 'f:audiences': {}, 'f:boundObjectRef': bound, 'f:expirationSeconds': {} } },
    ],
    [
      'with labels and annotations',
      { name: 'bot', labels: { a: 'b' }, annotations: { x: 'y' } },
      { boundObjectRef: toPod },
      {
        'f:metadata': { 'f:annotations': { '.': {}, 'f:x': {} }, 'f:labels': { '.': {}, 'f:a': {} } },
        'f:spec': { 'f:boundObjectRef': bound, 'f:expirationSeconds': {} },
      },
    ],
  ])('%s are those of kube-apiserver', async (_name, metadata, spec, fieldsV1) => {
    const body = await requested(spec, metadata);
    expect(body.metadata.managedFields).toEqual([
      {
        manager: 'test',
        operation: 'Update',
        apiVersion: 'authentication.k8s.io/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1,
        subresource: 'token',
      },
    ]);
    const { managedFields: _fields, uid: _uid, ...rest } = body.metadata;
    expect(rest).toEqual({
      ...metadata,
      name: 'bot',
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
  });
});

describe('a token that is bound to a pod', () => {
  it('tells the node of the pod, with its uid if there is such a node', async () => {
    expect((await userOf(await requested({ boundObjectRef: toPod }))).extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': ['p'],
      'authentication.kubernetes.io/node-name': ['n'],
    });
    const node = await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    const body = await requested({ boundObjectRef: toPod });
    const { extra } = await userOf(body);
    expect(extra['authentication.kubernetes.io/node-uid']).toEqual([node.body.metadata.uid]);
    await server.ask('DELETE', '/api/v1/nodes/n');
    expect(await userOf(body)).toBeDefined();
  });

  it('ends a minute after the pod was deleted, even if the pod stays for a finalizer', async () => {
    const merge = { 'content-type': 'application/merge-patch+json' };
    await server.ask('PATCH', `${core}/pods/p`, { metadata: { finalizers: ['example.com/f'] } }, merge);
    const body = await requested({ boundObjectRef: toPod });
    await server.ask('DELETE', `${core}/pods/p?gracePeriodSeconds=0`);
    now += 59_000;
    expect(await userOf(body)).toBeDefined();
    now += 2_000;
    expect(await userOf(body)).toBeUndefined();
  });

  it('is refused for a pod of another account', async () => {
    await server.ask('POST', `${core}/serviceaccounts`, { metadata: { name: 'other' } });
    const path = `${core}/serviceaccounts/other/token`;
    const { status, body } = await server.ask('POST', path, { spec: { boundObjectRef: toPod } });
    expect([status, body.message]).toEqual([
      400,
      'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    ]);
  });
});

describe('a token that is bound to a node', () => {
  it('ends with the node', async () => {
    await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    const body = await requested({ boundObjectRef: { kind: 'Node', name: 'n', apiVersion: 'v1' } });
    expect((await userOf(body)).extra['authentication.kubernetes.io/node-name']).toEqual(['n']);
    await server.ask('DELETE', '/api/v1/nodes/n');
    expect(await userOf(body)).toBeUndefined();
  });
});
