import { expect, test } from 'vitest';
import { AuthorizingTransport } from '../../src/transport/authorizing-transport.js';
import { FakeTransport } from '../client/fake-transport.js';

const request = { method: 'POST', path: '/x', kind: 'unary', headers: { accept: 'a' } } as const;

/** A token that changes when it is refreshed, up to `last`. */
function tokens(last: number) {
  let current = 1;
  return {
    headers: async () => ({ authorization: `Bearer ${current}` }),
    refresh: async () => current < last && Boolean(++current),
  };
}

test('puts credentials on every request, refreshes them once after a 401, and sends the request once more', async () => {
  const inner = new FakeTransport(({ headers }) => ({ status: headers?.authorization === 'Bearer 2' ? 200 : 401 }));
  const transport = new AuthorizingTransport(inner, tokens(3));
  expect((await transport.send(request)).status).toBe(200);
  expect(inner.asked.map(({ headers }) => headers)).toEqual([
    { accept: 'a', authorization: 'Bearer 1' },
    { accept: 'a', authorization: 'Bearer 2' },
  ]);
  expect((await transport.send(request)).status).toBe(200);
  expect(inner.asked).toHaveLength(3);
});

test('hands a second 401 on, and does not repeat a request when there is nothing new to say', async () => {
  const inner = new FakeTransport(() => ({ status: 401 }));
  expect((await new AuthorizingTransport(inner, tokens(9)).send(request)).status).toBe(401);
  expect(inner.asked).toHaveLength(2);
  expect((await new AuthorizingTransport(inner, tokens(1)).send(request)).status).toBe(401);
  expect(inner.asked).toHaveLength(3);
});
