import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

it('kube-system publishes the authority of client certificates, if there is one', async () => {
  const { body } = await new TestServer({ clientCertificateAuthority: 'PEM' }).ask('GET', path);
  expect(body.data).toEqual({ 'client-ca-file': 'PEM' });
  expect(body.metadata.managedFields).toMatchObject([
    { manager: 'kube-apiserver', operation: 'Update', fieldsV1: { 'f:data': { '.': {}, 'f:client-ca-file': {} } } },
  ]);
  expect((await new TestServer().ask('GET', path)).status).toBe(404);
});
