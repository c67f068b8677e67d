import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../../generated/index.js';
import {
  type AdmissionWebhook,
  conversionWebhook,
  deny,
  mutatingWebhook,
  validatingWebhook,
  type Webhook,
  WebhookServer,
  type WebhookServerOptions,
  webhookConfigurations,
} from '../../../src/controller/index.js';
import { applyJsonPatch } from '../../../src/patch/index.js';
import { startServer } from '../../../src/server/local-server.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { localPki } from '../../helpers/pki.js';
import { ReviewingServer, review } from './api-server.js';

const pki = localPki();
const open: WebhookServer[] = [];
let errors: unknown[];

beforeEach(() => {
  errors = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(webhooks: readonly Webhook[], options: Partial<WebhookServerOptions> = {}) {
  const server = new WebhookServer({
    webhooks,
    certificate: pki.server,
    port: 0,
    onError: (error) => errors.push(error),
    ...options,
  });
  open.push(server);
  await server.start();
  return { server, api: new ReviewingServer(server.url ?? '', pki.ca) };
}

const validating = (
  validate: Parameters<typeof validatingWebhook<typeof ConfigMap>>[0]['validate'],
): AdmissionWebhook =>
  validatingWebhook({ for: ConfigMap, name: 'maps.example.com', operations: ['CREATE', 'UPDATE', 'DELETE'], validate });
const path = '/validate--v1-configmap';

describe('a validating webhook', () => {
  it('is told what happens, by whom and to which object, and allows by saying nothing', async () => {
    const seen: unknown[] = [];
    const { api } = await serve([
      validating((admission) => {
        const { operation, object, oldObject, userInfo, dryRun, name, namespace, subResource, requestKind } = admission;
        seen.push({ operation, data: object?.data, old: oldObject?.data, userInfo, dryRun, name, namespace });
        expect([subResource, requestKind?.kind, admission.options?.kind]).toEqual(['', 'ConfigMap', 'CreateOptions']);
        admission.warn('data.a will go away');
        admission.audit('checked', 'yes');
      }),
    ]);
    const answer = await api.post(`${path}?timeout=10s`, review({ dryRun: true }));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
        allowed: true,
        warnings: ['data.a will go away'],
        auditAnnotations: { checked: 'yes' },
      },
    });
    expect(seen).toMatchObject([
      {
        operation: 'CREATE',
        data: { a: '1' },
        userInfo: { username: 'jane', groups: ['dev', 'system:authenticated'], extra: { scopes: ['a'] } },
        dryRun: true,
        name: 'site',
        namespace: 'shop',
      },
    ]);
  });

  it('refuses with a text, or with code, reason and causes; by operation it has the objects there are', async () => {
    const { api } = await serve([
      validating(async (admission) => {
        if (admission.operation === 'DELETE') return `keep ${admission.oldObject.metadata?.name}`;
        if (admission.operation !== 'UPDATE') return undefined;
        const causes = [{ field: 'data.a', message: `was ${admission.oldObject.data?.a}` }];
        return deny('a must not change', { code: 422, reason: 'Invalid', causes });
      }),
    ]);
    const old = { metadata: { name: 'site' }, data: { a: '0' } };
    const deletion = await api.post(path, review({ operation: 'DELETE', object: null, oldObject: old }));
    expect(deletion.json.response).toMatchObject({
      allowed: false,
      status: { status: 'Failure', message: 'keep site', code: 403, reason: 'Forbidden' },
    });
    const update = await api.post(path, review({ operation: 'UPDATE', oldObject: old }));
    expect(update.json.response).toMatchObject({
      status: { code: 422, reason: 'Invalid', details: { causes: [{ field: 'data.a', message: 'was 0' }] } },
    });
  });

  it('that throws refuses with code 500 and the message, without a stack or a secret', async () => {
    const { api } = await serve([
      validating(() => {
        throw new Error('quota service said: Authorization: Bearer abcdefghijklmnop');
      }),
    ]);
    const { text, json } = await api.post(path, review({}));
    expect(json.response).toMatchObject({ allowed: false, status: { code: 500, reason: 'InternalError' } });
    expect(text).toContain('quota service said');
    expect(text).not.toContain('abcdefghijklmnop');
    expect(text).not.toMatch(/\bat .*\.ts/);
    expect(errors.length).toBe(1);
  });

  it('that is slower than the API server waits refuses, and its signal aborts', async () => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    let called = () => {};
    const asked = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { api } = await serve(
      [
        validating((admission) => {
          signal = admission.signal;
          called();
          return new Promise(() => {});
        }),
      ],
      { clock },
    );
    const answer = api.post(`${path}?timeout=3s`, review({}));
    await asked;
    await clock.advance(3000);
    expect((await answer).json.response).toMatchObject({
      allowed: false,
      status: { code: 504, reason: 'Timeout', message: expect.stringContaining('3000 ms') },
    });
    expect(signal?.aborted).toBe(true);
  });
});

describe('a mutating webhook', () => {
  const mutating = mutatingWebhook({
    for: ConfigMap,
    name: 'defaults.maps.example.com',
    mutate({ object, operation }) {
      if (operation === 'CREATE') object.data = { ...object.data, color: 'blue' };
      if (operation === 'CREATE' && object.data?.a === 'never') return 'a must not be never';
      return undefined;
    },
  });

  it('gives the difference as a JSON patch, and none where nothing changed', async () => {
    const { api } = await serve([mutating]);
    const sent = review({});
    const { json } = await api.post('/mutate--v1-configmap', sent);
    const response = json.response as { patch: string; patchType: string; allowed: boolean };
    expect([response.allowed, response.patchType]).toEqual([true, 'JSONPatch']);
    const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString());
    expect(patch).toEqual([{ op: 'add', path: '/data/color', value: 'blue' }]);
    const { object } = sent.request as { object: Record<string, unknown> };
    expect(applyJsonPatch(object, patch)).toMatchObject({ data: { a: '1', color: 'blue' } });
    const same = await api.post('/mutate--v1-configmap', review({ operation: 'UPDATE', oldObject: object }));
    expect(same.json.response).toEqual({ uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true });
  });

  it('may refuse, without a patch', async () => {
    const { api } = await serve([mutating]);
    const { json } = await api.post('/mutate--v1-configmap', review({ object: { data: { a: 'never' } } }));
    expect(json.response).toMatchObject({ allowed: false, status: { message: 'a must not be never' } });
    expect(json.response).not.toHaveProperty('patch');
  });
});

describe('a conversion webhook', () => {
  const conversion = conversionWebhook({
    for: { group: 'example.com', kind: 'Website' },
    convert(object, apiVersion) {
      const { host, hosts } = object.spec as { host?: string; hosts?: string[] };
      if (host === 'broken') throw new Error('a website without a host');
      const spec = apiVersion === 'example.com/v2' ? { hosts: [host] } : { host: hosts?.[0] };
      return { ...object, spec, metadata: { name: 'renamed', labels: { converted: 'yes' } } };
    },
  });
  const website = (host: string, apiVersion = 'example.com/v1') => ({
    apiVersion,
    kind: 'Website',
    metadata: { name: host, namespace: 'shop', uid: `u-${host}`, annotations: { a: 'b' } },
    spec: { host },
  });
  const ask = (objects: unknown[], desiredAPIVersion = 'example.com/v2') => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    request: { uid: 'c1', desiredAPIVersion, objects },
  });

  it('converts all objects in their order, and keeps what is not a conversion to change', async () => {
    const { api } = await serve([conversion]);
    const { json } = await api.post('/convert', ask([website('a'), website('b', 'example.com/v2')]));
    expect(json).toMatchObject({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'ConversionReview',
      response: { uid: 'c1', result: { status: 'Success' } },
    });
    const { convertedObjects } = json.response as { convertedObjects: unknown[] };
    expect(convertedObjects).toEqual([
      {
        apiVersion: 'example.com/v2',
        kind: 'Website',
        metadata: { name: 'a', namespace: 'shop', uid: 'u-a', labels: { converted: 'yes' } },
        spec: { hosts: ['a'] },
      },
      website('b', 'example.com/v2'),
    ]);
  });

  it('fails with what was thrown, and for kinds it does not know', async () => {
    const { api } = await serve([conversion]);
    const failed = await api.post('/convert', ask([website('a'), website('broken')]));
    expect(failed.json.response).toEqual({
      uid: 'c1',
      result: { status: 'Failure', message: 'a website without a host' },
      convertedObjects: [],
    });
    const unknown = await api.post('/convert', ask([{ ...website('a'), kind: 'Shop' }]));
    expect(unknown.text).toContain('there is no conversion for Shop of example.com');
    const bad = await api.post('/convert', { ...ask([]), apiVersion: 'apiextensions.k8s.io/v1beta1' });
    expect([bad.status, bad.json.message]).toEqual([400, expect.stringContaining('conversionReviewVersions: ["v1"]')]);
  });
});

describe('a webhook server', () => {
  const allow = validating(() => undefined);

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"secret": "s3cr3t"', 400, 'the body is not JSON'],
    ['no object', '[]', 400, 'it is no object'],
    ['another kind', { apiVersion: 'v1', kind: 'Pod' }, 400, 'got "Pod" of "v1"'],
    ['an older version', { ...review({}), apiVersion: 'admission.k8s.io/v1beta1' }, 400, 'admissionReviewVersions'],
    ['no request', { ...review({}), request: undefined }, 400, 'no request'],
    ['no uid', review({ uid: '' }), 400, 'no uid'],
    ['an unknown operation', review({ operation: 'PATCH' }), 400, 'no operation that is known'],
    ['no object to create', review({ object: null }), 400, 'the request to CREATE has no object'],
    ['no old object', review({ operation: 'UPDATE' }), 400, 'the request to UPDATE has no oldObject'],
    ['no kind', review({ kind: null }), 400, 'which kind and resource'],
    [
      'another kind of object',
      review({ resource: { group: '', version: 'v1', resource: 'pods' } }),
      400,
      'was asked about pods',
    ],
    ['too much', { ...review({}), padding: 'x'.repeat(20_000) }, 413, 'larger than 10000 bytes'],
  ])('answers %s with words that help', async (_, body, status, words) => {
    const { api } = await serve([allow], { maxBodyBytes: 10_000 });
    const answer = await api.post(path, body);
    expect([answer.status, answer.json.kind, answer.json.code]).toEqual([status, 'Status', status]);
    expect(answer.json.message).toContain(words);
    expect(answer.text).not.toContain('s3cr3t');
  });

  it('bounds bodies that do not say how long they are', async () => {
    const { api } = await serve([allow], { maxBodyBytes: 1000 });
    const body = JSON.stringify({ padding: 'x'.repeat(5000) });
    const answer = await api.send(
      path,
      { method: 'POST', headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/json' } },
      body,
    );
    expect(answer.status).toBe(413);
  });

  it('answers probes, and only POST of JSON to its webhooks', async () => {
    const { api } = await serve([allow]);
    expect((await api.get('/healthz')).text).toBe('ok');
    expect((await api.get('/readyz')).status).toBe(200);
    expect((await api.get(path)).status).toBe(405);
    expect((await api.post('/elsewhere', review({}))).status).toBe(404);
    const plain = await api.post(path, review({}), { headers: { 'content-type': 'text/plain' } });
    expect(plain.status).toBe(400);
  });

  it('answers what is under way before it closes, and cuts what takes too long', async () => {
    const clock = new FakeClock();
    let finish = () => {};
    let called = () => {};
    const asked = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { server, api } = await serve(
      [
        validating(
          () =>
            new Promise<undefined>((resolve) => {
              finish = () => resolve(undefined);
              called();
            }),
        ),
      ],
      { clock },
    );
    const answer = api.post(path, review({}));
    await asked;
    const closing = server.close();
    finish();
    expect((await answer).json.response).toMatchObject({ allowed: true });
    await closing;
    await expect(api.get('/healthz')).rejects.toThrow();
  });

  it('takes a new certificate from its files, and keeps the old one while they do not fit together', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'webhook-'));
    try {
      const clock = new FakeClock();
      const other = localPki();
      const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
      const write = (pair: { cert: string; key: string }) =>
        Promise.all([writeFile(certFile, pair.cert), writeFile(keyFile, pair.key)]);
      await write(pki.server);
      const { api } = await serve([allow], { certificate: { certFile, keyFile }, clock });
      const both = new ReviewingServer(api.url, `${pki.ca}\n${other.ca}`);
      const first = await both.serial();
      await writeFile(certFile, other.server.cert);
      await looked(clock, () => errors.length > 0);
      expect(errors).toMatchObject([{ code: 'ERR_KUBE_CONFIG' }]);
      expect(String(errors[0])).not.toContain('PRIVATE');
      expect(await both.serial()).toBe(first);
      await write(other.server);
      let serial = first;
      await looked(clock, async () => {
        serial = await both.serial();
        return serial !== first;
      });
      expect(serial).not.toBe(first);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does not start without a certificate, nor with two webhooks on one path', async () => {
    const certificate = { certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' };
    await expect(serve([allow], { certificate })).rejects.toThrow('cannot be read from /nowhere/tls');
    await expect(serve([allow], { certificate: { cert: 'x', key: 'y' } })).rejects.toThrow('no certificate in PEM');
    expect(() => new WebhookServer({ webhooks: [allow, allow], certificate: pki.server })).toThrow('both answer');
  });
});

describe('webhookConfigurations', () => {
  it('makes manifests that the server takes', async () => {
    const mutating = mutatingWebhook({
      for: ConfigMap,
      name: 'defaults.maps.example.com',
      reinvocationPolicy: 'IfNeeded',
      failurePolicy: 'Ignore',
      mutate: () => undefined,
    });
    const manifests = webhookConfigurations('maps', [validating(() => undefined), mutating], {
      service: { name: 'webhooks', namespace: 'ops' },
      caBundle: pki.ca,
    });
    await using server = await startServer({ listen: false });
    const cluster = await server.connect();
    await cluster.apply(manifests.map((manifest) => structuredClone(manifest) as never));
    const stored = await cluster.resource(ValidatingWebhookConfiguration).get('maps');
    expect(stored.webhooks).toMatchObject([
      {
        name: 'maps.example.com',
        clientConfig: { service: { name: 'webhooks', namespace: 'ops', path: '/validate--v1-configmap' } },
        rules: [{ operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'], scope: 'Namespaced' }],
        sideEffects: 'None',
      },
    ]);
    const other = await cluster.resource(MutatingWebhookConfiguration).get('maps');
    expect(other.webhooks).toMatchObject([{ reinvocationPolicy: 'IfNeeded', failurePolicy: 'Ignore' }]);
    const [byUrl] = webhookConfigurations('maps', [mutating], { url: 'https://hooks.example.com/' });
    expect(byUrl?.webhooks[0]?.clientConfig).toEqual({ url: 'https://hooks.example.com/mutate--v1-configmap' });
    expect(() => validatingWebhook({ for: ConfigMap, name: 'maps', validate: () => undefined })).toThrow('three parts');
  });
});

/** Lets the server look at its files until it has seen what it should. Reading them takes real time, more on a busy machine. */
async function looked(clock: FakeClock, seen: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (performance.now() < end && !(await seen())) {
    await clock.advance(10_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
