import { expect, it } from 'vitest';
import { TestServer, turn } from '../client.js';

const authority = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const path = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const published = 'kube-root-ca.crt';

async function settled(server: TestServer): Promise<void> {
  // The first answer comes when the server is up: only then is there a controller to wait for.
  await server.ask('GET', '/api/v1/namespaces');
  for (let i = 0; i < 30; i++) await turn();
}

it('tells every namespace by which authority the server is known, new ones too', async () => {
  const server = new TestServer({ controllers: ['root-ca-cert-publisher'], certificateAuthority: authority });
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  await settled(server);
  for (const namespace of ['default', 'kube-system', 'shop'])
    expect((await server.ask('GET', `${path(namespace)}/${published}`)).body.data).toEqual({ 'ca.crt': authority });
});

it('puts right what others change or delete, and lets everything else be', async () => {
  const server = new TestServer({ controllers: ['root-ca-cert-publisher'], certificateAuthority: authority });
  await settled(server);
  const before = (await server.ask('GET', `${path('default')}/${published}`)).body;
  await server.ask('PUT', `${path('default')}/${published}`, { ...before, data: { 'ca.crt': 'mine', more: 'x' } });
  await server.ask('POST', path('default'), { metadata: { name: 'mine' }, data: { 'ca.crt': 'mine' } });
  await settled(server);
  expect((await server.ask('GET', `${path('default')}/${published}`)).body.data).toEqual({ 'ca.crt': authority });
  expect((await server.ask('GET', `${path('default')}/mine`)).body.data).toEqual({ 'ca.crt': 'mine' });
  await server.ask('DELETE', `${path('default')}/${published}`);
  await settled(server);
  const after = (await server.ask('GET', `${path('default')}/${published}`)).body;
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(after.data).toEqual({ 'ca.crt': authority });
});

it('publishes nothing where there is no authority: a server without TLS has none', async () => {
  const server = new TestServer({});
  await settled(server);
  expect((await server.ask('GET', '/api/v1/configmaps')).body.items).toEqual([]);
});

it('keeps since when tokens in Secrets are tracked for those that clean them up', async () => {
  const server = new TestServer({ controllers: [], certificateAuthority: authority });
  const { body } = await server.ask(
    'GET',
    `${path('kube-system')}/kube-apiserver-legacy-service-account-token-tracking`,
  );
  expect(body.data.since).toMatch(/^\d{4}-\d\d-\d\d$/);
});
