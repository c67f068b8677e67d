import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const jane = { username: 'jane', groups: ['dev', 'system:authenticated'] };
const off = { enablePriorityAndFairness: false };
const configMaps = '/api/v1/namespaces/default/configmaps';

/** A request whose body comes when `send` is called. */
function pending(server: TestServer, method: string, path: string, user: typeof jane | undefined = jane) {
  let send = (): void => {};
  const body = new Promise<Uint8Array>((resolve) => {
    send = () => resolve(new TextEncoder().encode('{"metadata":{"generateName":"a-"}}'));
  });
  const answer = server.api.handle({ method, path, user, headers: {}, readBody: () => body });
  return { send: () => send(), answer };
}

async function allowJane(server: TestServer): Promise<void> {
  await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'jane' },
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' },
    subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
  });
}

describe('requests under way without priority and fairness', () => {
  it('are limited for writes and for reads apart; one too many gets 429 and Retry-After', async () => {
    const server = new TestServer({ ...off, maxMutatingRequestsInflight: 2, maxRequestsInflight: 1 });
    await allowJane(server);
    const first = pending(server, 'POST', configMaps);
    const second = pending(server, 'POST', configMaps);
    const refused = await pending(server, 'POST', configMaps).answer;
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect((await server.api.handle({ method: 'GET', path: configMaps, headers: {}, user: jane })).status).toBe(200);
    first.send();
    expect((await first.answer).status).toBe(201);
    const third = pending(server, 'POST', configMaps);
    for (const { send, answer } of [second, third]) {
      send();
      expect((await answer).status).toBe(201);
    }
  });

  it('are not limited for system:masters and for watches', async () => {
    const server = new TestServer({ ...off, maxMutatingRequestsInflight: 1, maxRequestsInflight: 1 });
    await allowJane(server);
    const held = pending(server, 'POST', configMaps);
    expect((await server.ask('POST', configMaps, { metadata: { name: 'master' } })).status).toBe(201);
    const watches = await Promise.all(
      [1, 2, 3].map(() => server.api.handle({ method: 'GET', path: `${configMaps}?watch=1`, headers: {}, user: jane })),
    );
    expect(watches.map(({ status }) => status)).toEqual([200, 200, 200]);
    held.send();
    await held.answer;
    await server.api.close();
  });
});

describe('the body of a request', () => {
  it('is read only once the caller is authorized', async () => {
    const server = new TestServer();
    let reads = 0;
    const readBody = async () => {
      reads++;
      return undefined;
    };
    const refused = await server.api.handle({ method: 'POST', path: configMaps, headers: {}, user: jane, readBody });
    expect([refused.status, reads]).toEqual([403, 0]);
  });
});
