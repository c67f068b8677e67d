import { describe, expect, it } from 'vitest';
import type { AuditEvent, AuditPolicy } from '../../../src/server/index.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { configMap, configMaps, TestServer, turn } from '../client.js';

const everything: AuditPolicy = { rules: [{ level: 'RequestResponse' }] };

function audited(policy: AuditPolicy = everything) {
  const events: AuditEvent[] = [];
  const clock = new FakeClock(Date.parse('2026-01-02T03:04:05.678Z'));
  const sink = { write: (event: AuditEvent) => void events.push(JSON.parse(JSON.stringify(event))) };
  const server = new TestServer({ audit: { policy, sink }, clock });
  return { server, events, last: () => events.at(-1) };
}

const status = (code: number, reason: string, message: string, details: object | undefined = undefined) => ({
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details === undefined ? {} : { details }),
  code,
});

describe('the events of a request', () => {
  it('are what kube-apiserver writes for a create', async () => {
    const { server, events } = audited();
    const { headers } = await server.ask('POST', `${configMaps}?fieldManager=x`, configMap('a', { data: { k: 'v' } }));
    const received = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: headers['audit-id'],
      stage: 'RequestReceived',
      requestURI: `${configMaps}?fieldManager=x`,
      verb: 'create',
      user: { username: 'system:unsecured', groups: ['system:masters', 'system:authenticated'] },
      userAgent: 'test/1',
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      requestReceivedTimestamp: '2026-01-02T03:04:05.678000Z',
      stageTimestamp: '2026-01-02T03:04:05.678000Z',
    };
    expect(events).toEqual([
      received,
      {
        ...received,
        stage: 'ResponseComplete',
        objectRef: { ...received.objectRef, name: 'a' },
        responseStatus: { metadata: {}, code: 201 },
        requestObject: configMap('a', { data: { k: 'v' } }),
        responseObject: expect.objectContaining({ kind: 'ConfigMap', data: { k: 'v' } }),
        annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
      },
    ]);
    expect(Object.keys(events[1] ?? {})).toEqual([
      ...['kind', 'apiVersion', 'level', 'auditID', 'stage', 'requestURI', 'verb', 'user', 'userAgent', 'objectRef'],
      ...['responseStatus', 'requestObject', 'responseObject', 'requestReceivedTimestamp', 'stageTimestamp'],
      'annotations',
    ]);
  });

  it('carry the Status of a failure, and of a deletion', async () => {
    const { server, last } = audited({ rules: [{ level: 'Metadata' }] });
    await server.ask('GET', `${configMaps}/none`);
    const details = { name: 'none', kind: 'configmaps' };
    expect(last()?.responseStatus).toEqual(status(404, 'NotFound', 'configmaps "none" not found', details));
    expect(last()).not.toHaveProperty('responseObject');
    await server.ask('POST', configMaps, configMap('a'));
    const options = { propagationPolicy: 'Background' };
    await server.ask('DELETE', `${configMaps}/a`, options);
    expect(last()?.responseStatus).toMatchObject({
      metadata: {},
      status: 'Success',
      details: { name: 'a' },
      code: 200,
    });
    expect(last()).not.toHaveProperty('requestObject');
  });

  it('carry patches as they were sent, and options of deletions', async () => {
    const { server, last } = audited();
    await server.ask('POST', configMaps, configMap('a'));
    const merge = { 'content-type': 'application/merge-patch+json' };
    await server.ask('PATCH', `${configMaps}/a`, { data: { x: 'y' } }, merge);
    expect(last()).toMatchObject({ verb: 'patch', requestObject: { data: { x: 'y' } } });
    const operations = [{ op: 'add', path: '/data', value: { z: '1' } }];
    await server.ask('PATCH', `${configMaps}/a`, operations, { 'content-type': 'application/json-patch+json' });
    expect(last()?.requestObject).toEqual(operations);
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    await server.ask(
      'PATCH',
      `${configMaps}/a?fieldManager=f&force=true`,
      'apiVersion: v1\nkind: ConfigMap\ndata: {q: "1"}',
      apply,
    );
    expect(last()?.requestObject).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', data: { q: '1' } });
    await server.ask('DELETE', `${configMaps}/a`, { gracePeriodSeconds: 0 });
    expect(last()?.requestObject).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'meta.k8s.io/__internal',
      gracePeriodSeconds: 0,
    });
  });

  it('name the uid and the version that an update expects', async () => {
    const { server, last } = audited({ rules: [{ level: 'Metadata' }] });
    const { body } = await server.ask('POST', configMaps, configMap('a'));
    await server.ask('PUT', `${configMaps}/a`, body);
    const { uid, resourceVersion } = body.metadata;
    expect(last()?.objectRef).toMatchObject({ name: 'a', uid, resourceVersion });
  });

  it('tell the start of a watch from its end', async () => {
    const { server, events } = audited();
    const watch = await server.watch(`${configMaps}?watch=1`);
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted']);
    await server.ask('POST', configMaps, configMap('a'));
    await turn();
    expect(watch.events).toHaveLength(1);
    await watch.close();
    expect(events.at(-1)).toMatchObject({
      verb: 'watch',
      stage: 'ResponseComplete',
      responseStatus: { metadata: {}, code: 200 },
    });
    expect(events.at(-1)).not.toHaveProperty('responseObject');
  });

  it('wait for the end of a streamed list', async () => {
    const { server, last } = audited();
    const data = { text: 'x'.repeat(200_000) };
    await server.ask('POST', configMaps, configMap('a', { data }));
    await server.ask('POST', configMaps, configMap('b', { data }));
    const response = await server.raw('GET', configMaps);
    expect(response.body).not.toBeInstanceOf(Uint8Array);
    expect(last()).toMatchObject({ verb: 'list', stage: 'RequestReceived' });
    for await (const _ of response.body as AsyncIterable<Uint8Array>);
    expect(last()).toMatchObject({
      verb: 'list',
      stage: 'ResponseComplete',
      responseObject: { kind: 'ConfigMapList' },
    });
    expect(last()?.responseObject?.items).toHaveLength(2);
  });

  it('say who acts for whom, and what allowed it', async () => {
    const { server, events, last } = audited({ rules: [{ level: 'Metadata' }] });
    const headers = { 'impersonate-user': 'jane', 'x-forwarded-for': '10.0.0.7, nonsense', 'audit-id': 'mine' };
    const { status: code } = await server.ask('GET', configMaps, undefined, headers);
    expect(code).toBe(403);
    expect(last()).toMatchObject({
      auditID: 'mine',
      user: { username: 'system:unsecured' },
      impersonatedUser: { username: 'jane', groups: ['system:authenticated'] },
      sourceIPs: ['10.0.0.7'],
      responseStatus: { reason: 'Forbidden', code: 403 },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    });
    await server.ask('GET', '/version', undefined, headers);
    expect(last()?.annotations?.['authorization.k8s.io/reason']).toContain('RBAC: allowed by ClusterRoleBinding');
    expect(events.filter(({ auditID }) => auditID === 'mine')).toHaveLength(4);
  });

  it('name the verb that let a user act for another one', async () => {
    const { server, last } = audited();
    const headers = { 'impersonate-user': 'bob' };
    await server.ask('GET', configMaps, undefined, headers);
    expect(last()?.authenticationMetadata).toEqual({ impersonationConstraint: 'impersonate:user-info' });
    expect(Object.keys(last() ?? {})).toContain('impersonatedUser');
  });

  it('include requests that are not authenticated', async () => {
    const { server, events } = audited({ rules: [{ level: 'Metadata' }] });
    const response = await server.api.refuse({
      method: 'GET',
      path: configMaps,
      headers: {},
      remoteAddress: '127.0.0.1',
    });
    expect(response.status).toBe(401);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      stage: 'ResponseStarted',
      user: {},
      sourceIPs: ['127.0.0.1'],
      responseStatus: status(401, 'Unauthorized', 'Unauthorized'),
    });
  });

  it('leave out managed fields, where the policy says so', async () => {
    const { server, last } = audited({ rules: [{ level: 'RequestResponse' }], omitManagedFields: true });
    await server.ask('POST', configMaps, configMap('a'));
    expect(last()?.responseObject?.metadata).not.toHaveProperty('managedFields');
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    for (const headers of [{}, { accept: table }, { accept: 'application/vnd.kubernetes.protobuf' }]) {
      await server.ask('GET', configMaps, undefined, headers);
      expect(last()?.responseObject).toBeDefined();
      expect(JSON.stringify(last())).not.toContain('managedFields');
    }
  });

  it('are not written for stages that the policy omits', async () => {
    const { server, events } = audited({
      rules: [{ level: 'Metadata', omitStages: ['ResponseComplete'] }],
      omitStages: ['RequestReceived'],
    });
    await server.ask('GET', configMaps);
    const watch = await server.watch(`${configMaps}?watch=1`);
    await watch.close();
    expect(events.map(({ stage }) => stage)).toEqual(['ResponseStarted']);
  });

  it('never keep a request from its answer', async () => {
    const errors: unknown[] = [];
    const sink = { write: () => Promise.reject(new Error('the disk is full')) };
    const server = new TestServer({ audit: { policy: everything, sink, onError: (error) => errors.push(error) } });
    expect((await server.ask('POST', configMaps, configMap('a'))).status).toBe(201);
    expect(errors).toEqual([new Error('the disk is full'), new Error('the disk is full')]);
  });
});

describe('bodies that the server cannot decode', () => {
  it.each([
    ['text that ends too early', '{"metadata":{"name":"a"'],
    ['a field of another type', { metadata: { name: 'a' }, data: { k: 1 } }],
    ['another kind', { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } }],
    ['an unknown kind', { kind: 'Nope', apiVersion: 'v1' }],
    ['a list', []],
  ])('are not recorded, and name nothing: %s', async (_, body) => {
    const { server, last } = audited();
    expect((await server.ask('POST', configMaps, body)).status).toBe(400);
    expect(last()).not.toHaveProperty('requestObject');
    expect(last()?.objectRef).not.toHaveProperty('name');
    expect(last()?.responseObject?.kind).toBe('Status');
  });

  it('are refused in the words of kube-apiserver, when they are not protobuf', async () => {
    const { server, last } = audited();
    const type = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    await server.ask('POST', configMaps, 'xx', type);
    const why = 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (7878)';
    expect(last()?.responseStatus?.message).toContain(why);
    expect(last()).not.toHaveProperty('requestObject');
  });

  it('are not recorded for unknown fields that the client wants refused', async () => {
    const { server, last } = audited();
    await server.ask('POST', `${configMaps}?fieldValidation=Strict`, { metadata: { name: 'a' }, nope: 1 });
    expect(last()).not.toHaveProperty('requestObject');
  });

  it('differ from objects that do not belong where they are sent', async () => {
    const { server, last } = audited();
    await server.ask('POST', configMaps, configMap('a'));
    expect((await server.ask('PUT', `${configMaps}/a`, { metadata: { name: 'b' } })).status).toBe(400);
    expect(last()?.requestObject).toEqual({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'b' } });
    await server.ask('PUT', `${configMaps}/a`, { metadata: { name: 'a' } });
    expect(last()?.requestObject?.metadata).toEqual({ name: 'a' });
  });

  it('differ from responses in a form that the client does not take', async () => {
    const { server, last } = audited();
    await server.ask('GET', `${configMaps}/a`, undefined, { accept: 'application/xml' });
    expect(last()?.responseStatus).toEqual({ metadata: {}, code: 406 });
    expect(last()).not.toHaveProperty('responseObject');
  });
});

describe('bodies with credentials', () => {
  it('are named when they are created', async () => {
    const { server, last } = audited();
    await server.ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, data: { k: 'dg==' } });
    expect(last()?.objectRef).toMatchObject({ resource: 'secrets', name: 's' });
    expect(last()).not.toHaveProperty('requestObject');
  });

  const secrets = '/api/v1/namespaces/default/secrets';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { k: 'hunter2' } };
  const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const merge = { 'content-type': 'application/merge-patch+json' };

  it.each([
    ['a create', 'POST', secrets, secret, {}],
    ['a create of the wrong type', 'POST', secrets, { ...secret, stringData: 'hunter2' }, {}],
    ['a body that is not JSON', 'POST', secrets, 'hunter2', {}],
    ['an invalid object', 'POST', secrets, { ...secret, data: { k: 'hunter2!' } }, {}],
    ['a list', 'GET', secrets, undefined, {}],
    ['a table', 'GET', `${secrets}?includeObject=Object`, undefined, asTable],
    ['a patch', 'PATCH', `${secrets}/kept`, { stringData: { k: 'hunter2' } }, merge],
    ['a patch of the wrong type', 'PATCH', `${secrets}/kept`, { data: { k: 'hunter2' } }, merge],
    [
      'a review of a token',
      'POST',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'hunter2' } },
      {},
    ],
    ['the deletion of all', 'DELETE', secrets, undefined, {}],
  ] as const)('are left out of %s', async (_, method, path, body, headers) => {
    const { server, events, last } = audited();
    await server.ask('POST', secrets, { ...secret, metadata: { name: 'kept' } });
    await server.ask(method, path, body, headers);
    expect(last()).toMatchObject({ stage: 'ResponseComplete', requestURI: path });
    expect(JSON.stringify(events)).not.toMatch(/hunter2|aHVudGVyM/);
  });

  it('are left out of requests for tokens', async () => {
    const { server, events } = audited();
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await server.ask('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } });
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { body } = await server.ask('POST', `${accounts}/a/token`, asked);
    expect(body.status.token).toMatch(/^ey/);
    expect(JSON.stringify(events)).not.toContain(body.status.token.slice(0, 20));
  });
});
