import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { connect } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { test } from 'vitest';

// Not a test of the suite: `test/secrets.test.ts` runs it, and each of these has to fail, for what it lets slip. The token is known from
// the request alone.

const TOKEN = 'planted-token-1';

async function use(): Promise<void> {
  await using cluster = await connect({ server: 'https://127.0.0.1:1', token: TOKEN, retry: { retries: 0 } });
  await cluster
    .resource(Namespace)
    .list()
    .page()
    .catch(() => undefined);
}

test('in the message of an error', async () => {
  await use();
  await Promise.reject(new TypeError(`refused: ${TOKEN}`)).catch(() => undefined);
});

test('in what an error holds', async () => {
  await use();
  class Odd extends Error {
    readonly headers = { authorization: `Bearer ${TOKEN}` };
  }
  await Promise.reject(new Odd('refused', { cause: new Error('of no interest') })).catch(() => undefined);
});

test('in a line of the log', async () => {
  await use();
  console.log('trying with %s', TOKEN);
});

test('in what is inspected', async () => {
  await use();
  inspect({ options: { token: TOKEN } });
});

test('in an event', async () => {
  await use();
  channel('keelson:request:end').publish({ path: `/api?token=${TOKEN}` });
});

test('as a private key', () => {
  inspect({ key: `-----BEGIN EC PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END EC PRIVATE KEY-----` });
});

test('nowhere: this one is well', async () => {
  await use();
  console.log('nothing to see');
});
