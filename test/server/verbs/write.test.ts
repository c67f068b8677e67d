import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { seededRandom } from '../../../src/util/random.js';
import { configMap, configMaps, TestServer } from '../client.js';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
};
const deployments = '/apis/apps/v1/namespaces/default/deployments';

describe('creating', () => {
  it('fills in what the server decides, by its own clock and chance', async () => {
    const make = () => new TestServer({ clock: new FakeClock(Date.UTC(2026, 4, 5)), random: seededRandom(7) });
    const [first, second] = [make(), make()];
    const { status, body } = await first.ask('POST', configMaps, {
      metadata: { generateName: 'x-' },
      data: { a: 'b' },
    });
    expect(status).toBe(201);
    expect(body.metadata.creationTimestamp).toBe('2026-05-05T00:00:00Z');
    expect(body.metadata.name).toMatch(/^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const again = await second.ask('POST', configMaps, { metadata: { generateName: 'x-' }, data: { a: 'b' } });
    expect(again.body).toEqual(body);
  });

  it('refuses a second object of the same name, a missing namespace and a bad name', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    expect((await server.ask('POST', configMaps, configMap('a'))).body.reason).toBe('AlreadyExists');
    const missing = await server.ask('POST', '/api/v1/namespaces/nope/configmaps', configMap('a'));
    expect(missing.body.message).toBe('namespaces "nope" not found');
    const bad = await server.ask('POST', configMaps, configMap('Upper'));
    expect(bad.status).toBe(422);
    expect(bad.body.details.causes[0].field).toBe('metadata.name');
  });

  it('makes no signal of its request, which costs as much as a small write', async () => {
    const { api } = new TestServer();
    let asked = 0;
    const request = {
      method: 'POST',
      path: configMaps,
      headers: { 'content-type': 'application/json' },
      readBody: async () => new TextEncoder().encode(JSON.stringify(configMap('a'))),
      get signal() {
        asked++;
        return new AbortController().signal;
      },
    };
    expect((await api.handle(request)).status).toBe(201);
    expect(asked).toBe(0);
  });

  it('makes nothing in a dry run', async () => {
    const server = new TestServer();
    const dry = await server.ask('POST', `${configMaps}?dryRun=All`, configMap('a'));
    expect(dry.status).toBe(201);
    expect(dry.body.metadata.uid).toBeDefined();
    expect(dry.body.metadata.resourceVersion).toBeUndefined();
    expect((await server.ask('GET', `${configMaps}/a`)).status).toBe(404);
  });

  it('warns of unknown and repeated fields, refuses them when asked to be strict', async () => {
    const server = new TestServer();
    const text = '{"metadata":{"name":"a","labels":{"x":"1","x":"2"}},"bogus":1}';
    const strict = await server.ask('POST', `${configMaps}?fieldValidation=Strict`, text);
    expect(strict.status).toBe(400);
    expect(strict.body.message).toContain('duplicate field "metadata.labels.x"');
    expect(strict.body.message).toContain('unknown field "bogus"');
    const warned = await server.ask('POST', configMaps, text);
    expect(warned.headers.warning).toEqual([
      '299 - "duplicate field \\"metadata.labels.x\\""',
      '299 - "unknown field \\"bogus\\""',
    ]);
    expect(warned.body.bogus).toBeUndefined();
    expect(
      (await server.ask('POST', `${configMaps}?fieldValidation=Ignore`, configMap('b'))).headers.warning,
    ).toBeUndefined();
  });

  it('says which field has the wrong type', async () => {
    const { status, body } = await new TestServer().ask('POST', configMaps, { metadata: { name: 5 } });
    expect(status).toBe(400);
    expect(body.message).toContain(
      'cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    );
  });

  it('takes YAML that cannot be read for a bad request: bombs of aliases, aliases of nothing, endless nesting', async () => {
    const server = new TestServer();
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const name of 'bcdefgh') {
      const previous = String.fromCharCode(name.charCodeAt(0) - 1);
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${previous}`).join(',')}]`);
    }
    for (const body of [bomb.join('\n'), 'metadata: *nobody', '['.repeat(20_000)]) {
      const answer = await server.ask('POST', configMaps, body, { 'content-type': 'application/yaml' });
      expect({ status: answer.status, reason: answer.body.reason }).toEqual({ status: 400, reason: 'BadRequest' });
    }
  });

  it('keeps a field called __proto__ what it is: a label, not a prototype', async () => {
    const server = new TestServer();
    const { status } = await server.ask(
      'POST',
      configMaps,
      '{"metadata":{"name":"p"},"data":{"__proto__":"x","ok":"y"}}',
    );
    expect(status).toBe(201);
    expect(({} as { ok?: string }).ok).toBeUndefined();
  });
});

describe('creating pods', () => {
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] } };

  it('works at once in a new namespace, where the service account controller runs', async () => {
    const server = new TestServer({ controllers: ['serviceaccount'] });
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    const { status, body } = await server.ask('POST', '/api/v1/namespaces/shop/pods', pod);
    expect(status).toBe(201);
    expect(body.spec.serviceAccountName).toBe('default');
    expect(body.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('is refused without their service account, where no controller makes one', async () => {
    const server = new TestServer();
    const { status, body } = await server.ask('POST', '/api/v1/namespaces/default/pods', pod);
    expect(status).toBe(403);
    expect(body.message).toContain('serviceaccount "default" not found');
  });
});

describe('replacing', () => {
  it('is optimistic: the second of two writes from one state conflicts', async () => {
    const server = new TestServer();
    const { body } = await server.ask('POST', configMaps, configMap('a', { data: { n: '1' } }));
    expect((await server.ask('PUT', `${configMaps}/a`, { ...body, data: { n: '2' } })).status).toBe(200);
    const late = await server.ask('PUT', `${configMaps}/a`, { ...body, data: { n: '3' } });
    expect(late.status).toBe(409);
    expect(late.body.reason).toBe('Conflict');
  });

  it('writes nothing where nothing changes', async () => {
    const server = new TestServer();
    const { body } = await server.ask('POST', configMaps, configMap('a', { data: { n: '1' } }));
    const same = await server.ask('PUT', `${configMaps}/a`, body);
    expect(same.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    const patched = await server.ask(
      'PATCH',
      `${configMaps}/a`,
      {},
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(patched.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('keeps status and desired state apart, and counts generations of the desired state', async () => {
    const server = new TestServer();
    const { body } = await server.ask('POST', deployments, { ...deployment, status: { replicas: 9 } });
    expect(body.metadata.generation).toBe(1);
    expect(body.status).toEqual({});
    const scaled = await server.ask('PUT', `${deployments}/web`, {
      ...body,
      spec: { ...body.spec, replicas: 3 },
      status: { replicas: 9 },
    });
    expect(scaled.body.metadata.generation).toBe(2);
    expect(scaled.body.status).toEqual({});
    const told = await server.ask('PUT', `${deployments}/web/status`, {
      ...scaled.body,
      spec: { ...body.spec, replicas: 7 },
      status: { replicas: 3 },
    });
    expect(told.body.spec.replicas).toBe(3);
    expect(told.body.status).toEqual({ replicas: 3 });
    expect(told.body.metadata.generation).toBe(2);
  });

  it('makes a Lease by a PUT to a name nobody has, but no ConfigMap', async () => {
    const server = new TestServer();
    const lease = await server.ask('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/l', {
      metadata: { name: 'l' },
    });
    expect(lease.status).toBe(201);
    expect((await server.ask('PUT', `${configMaps}/new`, configMap('new'))).status).toBe(404);
  });

  it('loses no update when many patch at once', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    const patches = Array.from({ length: 8 }, (_, i) =>
      server.ask(
        'PATCH',
        `${configMaps}/a`,
        { data: { [`k${i}`]: 'x' } },
        { 'content-type': 'application/merge-patch+json' },
      ),
    );
    const results = await Promise.all(patches);
    const { body } = await server.ask('GET', `${configMaps}/a`);
    expect(results.every(({ status }) => status === 200)).toBe(true);
    expect(Object.keys(body.data)).toHaveLength(8);
  });
});

describe('deleting', () => {
  it('waits for finalizers, and goes when the last is taken away', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, { metadata: { name: 'a', finalizers: ['x.io/f'] } });
    const marked = await server.ask('DELETE', `${configMaps}/a`);
    expect(marked.body.metadata.deletionTimestamp).toBeDefined();
    expect((await server.ask('GET', `${configMaps}/a`)).status).toBe(200);
    const freed = await server.ask(
      'PATCH',
      `${configMaps}/a`,
      { metadata: { finalizers: null } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(freed.status).toBe(200);
    expect((await server.ask('GET', `${configMaps}/a`)).status).toBe(404);
  });

  it('minds preconditions', async () => {
    const server = new TestServer();
    const { body } = await server.ask('POST', configMaps, configMap('a'));
    const wrong = await server.ask('DELETE', `${configMaps}/a`, {
      kind: 'DeleteOptions',
      preconditions: { uid: 'other' },
    });
    expect(wrong.status).toBe(409);
    const right = await server.ask('DELETE', `${configMaps}/a`, {
      preconditions: { uid: body.metadata.uid, resourceVersion: body.metadata.resourceVersion },
    });
    expect(right.body.status).toBe('Success');
  });

  it('deletes a collection by selector', async () => {
    const server = new TestServer();
    for (const name of ['a', 'b', 'c']) {
      await server.ask('POST', configMaps, { metadata: { name, labels: { odd: name === 'b' ? 'no' : 'yes' } } });
    }
    const gone = await server.ask('DELETE', `${configMaps}?labelSelector=odd%3Dyes`);
    expect(gone.body.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual(['a', 'c']);
    expect((await server.ask('GET', configMaps)).body.items).toHaveLength(1);
  });

  it('keeps a namespace Terminating until it is finalized, where no controller does that', async () => {
    const server = new TestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    const { body } = await server.ask('DELETE', '/api/v1/namespaces/shop');
    expect(body.status.phase).toBe('Terminating');
    const refused = await server.ask('POST', '/api/v1/namespaces/shop/configmaps', configMap('a'));
    expect(refused.status).toBe(403);
    expect(refused.body.details.causes[0].reason).toBe('NamespaceTerminating');
    await server.ask('PUT', '/api/v1/namespaces/shop/finalize', { ...body, spec: { finalizers: [] } });
    expect((await server.ask('GET', '/api/v1/namespaces/shop')).status).toBe(404);
  });
});

describe('subresources', () => {
  it('scale a workload, in the same words for each kind', async () => {
    const server = new TestServer();
    await server.ask('POST', deployments, deployment);
    const { body } = await server.ask('GET', `${deployments}/web/scale`);
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { selector: 'app=web' } });
    await server.ask('PUT', `${deployments}/web/scale`, { ...body, spec: { replicas: 4 } });
    expect((await server.ask('GET', `${deployments}/web`)).body.spec.replicas).toBe(4);
    expect((await server.ask('PUT', `${deployments}/web/scale`, { ...body, spec: { replicas: 5 } })).status).toBe(409);
  });

  it('sign tokens with the server’s own key', async () => {
    const server = new TestServer();
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'bot' } });
    const { status, body } = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/bot/token', {
      spec: {},
    });
    expect(status).toBe(201);
    const [, claims = ''] = body.status.token.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).sub).toBe('system:serviceaccount:default:bot');
  });

  it('says what of a strategic merge patch does not fit in the words of objects made from maps', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('words'));
    const patched = async (patch: object, type: string) =>
      (await server.ask('PATCH', `${configMaps}/words`, patch, { 'content-type': `application/${type}+json` })).body;
    const strategic = 'strategic-merge-patch';
    for (const [patch, why] of [
      [{ metadata: { labels: 'invalid' } }, 'cannot restore map from string'],
      [{ metadata: 7 }, 'cannot restore struct from: int64'],
      [{ metadata: { finalizers: true } }, 'cannot restore slice from bool'],
      [{ data: { key: 1 } }, 'cannot convert int64 to string'],
      [{ immutable: 'yes' }, 'unrecognized type: bool'],
    ] as const) {
      const { code, message } = await patched(patch, strategic);
      expect(code).toBe(422);
      expect(message).toContain(why);
    }
    expect((await patched({ metadata: { labels: 'invalid' } }, 'merge-patch')).message).toContain(
      'cannot unmarshal string',
    );
  });
});
