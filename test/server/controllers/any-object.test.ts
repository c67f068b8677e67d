import { describe, expect, it } from 'vitest';
import * as generated from '../../../generated/index.js';
import { sampleBody, sampleName } from '../../e2e/samples.js';
import { TestServer, turn } from '../client.js';

/** Objects that are valid or odd, and that once kept a controller busy or may do so. */
const odd: readonly { readonly path: string; readonly body: object }[] = [
  ...[{}, { hard: {} }, { scopes: ['Terminating'] }, { hard: { 'count/nothing.example.com': '1' } }].map(
    (spec, index) => ({
      path: '/api/v1/namespaces/default/resourcequotas',
      body: { metadata: { name: `quota-${index}` }, spec },
    }),
  ),
  {
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    body: { metadata: { name: 'all-of-itself' }, aggregationRule: { clusterRoleSelectors: [{}] } },
  },
  {
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    body: { metadata: { name: 'of-nothing' }, aggregationRule: { clusterRoleSelectors: [] } },
  },
  {
    path: '/api/v1/namespaces/default/configmaps',
    body: {
      metadata: {
        name: 'owned-by-itself',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owned-by-itself', uid: 'unknown' }],
      },
    },
  },
  {
    path: '/api/v1/namespaces/default/configmaps',
    body: { metadata: { name: 'held', finalizers: ['example.com/never', 'foregroundDeletion', 'orphan'] } },
  },
  { path: '/api/v1/namespaces', body: { metadata: { name: 'held', finalizers: ['example.com/never'] } } },
];

interface Fields {
  readonly [field: string]: unknown;
}

const creatable = Object.values(generated).filter((value) => typeof value === 'object' && 'verbs' in value);

/** Fails when the server does not answer, or keeps the event loop from turning. */
async function isAlive(server: TestServer): Promise<boolean> {
  for (let turns = 0; turns < 20; turns++) await turn();
  return (await server.ask('GET', '/livez')).status === 200;
}

describe('with every controller running', () => {
  it.each(odd)('the server stays alive after $body.metadata.name in $path', async ({ path, body }) => {
    const server = new TestServer({ controllers: ['*'] });
    expect((await server.ask('POST', path, body)).status).toBeLessThan(500);
    expect(await isAlive(server)).toBe(true);
    await server.ask('DELETE', `${path}/${(body as { metadata: { name: string } }).metadata.name}`);
    expect(await isAlive(server)).toBe(true);
    await server.api.close();
  });

  it('the server stays alive after each kind of object, whole and with its fields emptied', async () => {
    const server = new TestServer({ controllers: ['*'] });
    let serial = 0;
    for (const { group, version, kind, plural, scope, verbs } of creatable) {
      if (!['create', 'get'].every((verb) => (verbs as readonly string[]).includes(verb)) || kind === 'Namespace')
        continue;
      const root = group === '' ? '/api/v1' : `/apis/${group}/${version}`;
      const path = scope === 'Namespaced' ? `${root}/namespaces/default/${plural}` : `${root}/${plural}`;
      const name = () => sampleName(group, kind, ++serial, 'odd');
      const whole = (): Fields => {
        const metadata = { name: name() };
        return { metadata, ...sampleBody(group, version, kind, { name: metadata.name, namespace: 'default', serial }) };
      };
      const emptied = Object.keys(whole()).flatMap((field) =>
        [{}, null, []].map((empty) => ({ ...whole(), [field]: empty })),
      );
      for (const body of [whole(), ...emptied]) {
        const { status } = await server.ask('POST', path, body);
        expect([kind, JSON.stringify(body), status < 500]).toEqual([kind, JSON.stringify(body), true]);
      }
      expect([kind, await isAlive(server)]).toEqual([kind, true]);
    }
    expect(serial).toBeGreaterThan(200);
    await server.api.close();
  });
});
