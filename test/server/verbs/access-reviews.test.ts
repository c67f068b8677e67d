import { expect, it } from 'vitest';
import { encodeObject } from '../../../src/wire/protobuf/encode.js';
import { TestServer } from '../client.js';

const local = '/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews';
const everywhere = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const ofSelf = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

async function withShop(): Promise<TestServer> {
  const server = new TestServer();
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  return server;
}

const causes = (body: { details?: { causes?: { field: string; message: string }[] } }) =>
  (body.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);

it('a review in protobuf, whose metadata has empty fields as those of client-go have, is answered', async () => {
  const server = await withShop();
  const review = encodeObject({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'LocalSubjectAccessReview',
    metadata: { name: '', generateName: '', namespace: 'shop', uid: '', resourceVersion: '' },
    spec: { user: 'jane', resourceAttributes: { namespace: 'shop', verb: 'get', resource: 'pods' } },
  });
  const response = await server.api.handle({
    method: 'POST',
    path: local,
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf', accept: 'application/json' },
    body: review,
  });
  expect(response.status).toBe(201);
});

it('everything that is wrong with a review is told at once, in the order of the real server', async () => {
  const server = await withShop();
  const { status, body } = await server.ask('POST', local, {
    metadata: { name: 'x' },
    spec: {
      resourceAttributes: { namespace: 'other', verb: 'get', fieldSelector: {}, labelSelector: { rawSelector: 'a' } },
      nonResourceAttributes: { path: '/healthz', verb: 'get' },
    },
  });
  expect(status).toBe(422);
  const told = causes(body);
  expect(told.map((one) => one.split(':')[0])).toEqual([
    'spec.nonResourceAttributes',
    'spec.user',
    'spec.resourceAttributes.fieldSelector.requirements',
    'metadata',
    'spec.resourceAttributes.namespace',
    'spec.nonResourceAttributes',
  ]);
  expect(told[3]).toMatch(
    /Invalid value: \{"name":"x","namespace":"shop","managedFields":.*must be empty except for namespace$/,
  );
});

it('requirements of selectors are validated, but not operators that are unknown', async () => {
  const server = await withShop();
  const selector = {
    requirements: [
      { key: 'a b', operator: 'In' },
      { key: 'a', operator: 'Greater', values: ['1'] },
      { key: '', operator: 'Exists', values: ['x'] },
    ],
  };
  const resourceAttributes = { verb: 'list', resource: 'pods', fieldSelector: selector };
  const fields = await server.ask('POST', everywhere, { spec: { user: 'jane', resourceAttributes } });
  const at = 'spec.resourceAttributes.fieldSelector.requirements';
  expect(causes(fields.body)).toEqual([
    `${at}[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    `${at}[2].key: Required value: must be specified`,
    `${at}[2].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
  ]);
  const known = {
    verb: 'list',
    resource: 'pods',
    labelSelector: { requirements: [{ key: 'a', operator: 'Greater' }] },
  };
  expect((await server.ask('POST', ofSelf, { spec: { resourceAttributes: known } })).status).toBe(201);
});
