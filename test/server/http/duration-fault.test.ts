import { expect, it } from 'vitest';
import { durationFault } from '../../../src/server/http/duration-fault.js';
import { TestServer } from '../client.js';

it('reads spans of time as Go does', () => {
  for (const text of ['0', '5s', '-1.5h', '1m30s', '.5ms', '1.s', '10µs']) expect(durationFault(text)).toBeUndefined();
  expect(durationFault('soon')).toBe('time: invalid duration "soon"');
  expect(durationFault('-')).toBe('time: invalid duration "-"');
  expect(durationFault('1m5')).toBe('time: missing unit in duration "1m5"');
  expect(durationFault('1d')).toBe('time: unknown unit "d" in duration "1d"');
});

it('a request with a timeout that is none is refused, before anything else is said; a watch does not look at it', async () => {
  const server = new TestServer();
  const { status, body } = await server.ask('GET', '/api/v1/namespaces/default/pods?timeout=soon');
  expect(status).toBe(400);
  expect(body.message).toBe('invalid timeout specified in the request URL - time: invalid duration "soon"');
  expect((await server.ask('GET', '/readyz?timeout=1x')).status).toBe(400);
  expect((await server.ask('GET', '/api/v1/nodes?timeout=32s')).status).toBe(200);
  const signal = AbortSignal.timeout(0);
  const watch = await server.api.handle({
    method: 'GET',
    path: '/api/v1/nodes?watch=1&timeout=soon',
    headers: {},
    signal,
  });
  expect(watch.status).toBe(200);
});

it('there is no table of reviews', async () => {
  const review = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
  const ask = (accept: string) =>
    new TestServer().ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, {
      'content-type': 'application/json',
      accept,
    });
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  expect((await ask(table)).status).toBe(406);
  const second = await ask(`${table},application/json`);
  expect([second.status, second.body.kind]).toEqual([201, 'SelfSubjectAccessReview']);
});
