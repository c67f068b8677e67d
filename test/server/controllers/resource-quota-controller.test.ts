import { expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer, turn } from '../client.js';

const core = '/api/v1/namespaces/default';

async function made(hard: object, more: object = {}, clock = new FakeClock()): Promise<TestServer> {
  const server = new TestServer({ controllers: ['resourcequota', 'serviceaccount'], clock });
  await server.ask('POST', `${core}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard, ...more } });
  return server;
}

async function status(server: TestServer): Promise<{ hard?: object; used?: object }> {
  const read = async () => (await server.ask('GET', `${core}/resourcequotas/q`)).body.status;
  // What counts is loaded when the first quota comes.
  for (let i = 0; i < 10_000 && (await read()).hard === undefined; i++) await turn();
  for (let i = 0; i < 50; i++) await turn();
  return read();
}

const pod = (name: string, cpu: string, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], ...more },
});

it('says what a new quota limits and what is used already, and limits from then on', async () => {
  const server = new TestServer({ controllers: ['resourcequota'] });
  for (const name of ['a', 'b']) await server.ask('POST', `${core}/configmaps`, { metadata: { name } });
  const hard = { configmaps: '2', 'count/configmaps': '5', secrets: '3', 'count/nothing.example.com': '1' };
  await server.ask('POST', `${core}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } });
  const used = { configmaps: '2', 'count/configmaps': '2', secrets: '0' };
  expect(await status(server)).toEqual({ hard, used });
  const refused = await server.ask('POST', `${core}/configmaps`, { metadata: { name: 'c' } });
  expect(refused.body.message).toContain('exceeded quota: q');
});

it('counts down what is deleted, and pods that have ended', async () => {
  const server = await made({ pods: '5', 'requests.cpu': '2', 'count/pods': '9', services: '2' });
  await status(server);
  for (const [name, cpu] of Object.entries({ a: '500m', b: '250m', c: '1' }))
    expect((await server.ask('POST', `${core}/pods`, pod(name, cpu))).status).toBe(201);
  const used = async () => (await status(server)).used;
  expect(await used()).toEqual({ pods: '3', 'requests.cpu': '1750m', 'count/pods': '3', services: '1' });
  await server.ask('DELETE', `${core}/pods/a?gracePeriodSeconds=0`);
  expect(await used()).toMatchObject({ pods: '2', 'requests.cpu': '1250m', 'count/pods': '2' });
  const merge = { 'content-type': 'application/merge-patch+json' };
  await server.ask('PATCH', `${core}/pods/c/status`, { status: { phase: 'Succeeded' } }, merge);
  expect(await used()).toMatchObject({ pods: '1', 'requests.cpu': '250m', 'count/pods': '2' });
});

it('counts everything anew every five minutes: a status that others wrote is put right then', async () => {
  const clock = new FakeClock();
  const server = await made({ configmaps: '2' }, {}, clock);
  await status(server);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const wrong = { hard: { configmaps: '7' }, used: { configmaps: '1' } };
  for (let round = 0; round < 2; round++) {
    await server.ask('PATCH', `${core}/resourcequotas/q/status`, { status: wrong }, merge);
    expect(await status(server)).toEqual(wrong);
    await clock.advance(300_000);
    expect(await status(server)).toEqual({ hard: { configmaps: '2' }, used: { configmaps: '0' } });
  }
});

it('counts only what is in the scopes of a quota', async () => {
  const server = await made({ pods: '5' }, { scopes: ['Terminating'] });
  await status(server);
  await server.ask('POST', `${core}/pods`, pod('long', '1m'));
  await server.ask('POST', `${core}/pods`, pod('short', '1m', { activeDeadlineSeconds: 60 }));
  expect((await status(server)).used).toEqual({ pods: '1' });
  // A pod that gets a deadline is counted from then on, and by a quota of the others no more.
  await server.ask('POST', `${core}/resourcequotas`, {
    metadata: { name: 'others' },
    spec: { hard: { pods: '5' }, scopes: ['NotTerminating'] },
  });
  const others = async () => {
    await status(server);
    return (await server.ask('GET', `${core}/resourcequotas/others`)).body.status.used;
  };
  expect(await others()).toEqual({ pods: '1' });
  const merge = { 'content-type': 'application/merge-patch+json' };
  await server.ask('PATCH', `${core}/pods/long`, { spec: { activeDeadlineSeconds: 60 } }, merge);
  expect(await others()).toEqual({ pods: '0' });
  expect((await status(server)).used).toEqual({ pods: '2' });
  await server.ask('DELETE', `${core}/pods/long?gracePeriodSeconds=0`);
  expect((await status(server)).used).toEqual({ pods: '1' });
  await server.ask('DELETE', `${core}/pods/short?gracePeriodSeconds=0`);
  expect((await status(server)).used).toEqual({ pods: '0' });
});

it('follows new limits, lets a status be that others write, and goes back with the store', async () => {
  const server = await made({ configmaps: '2' });
  expect((await status(server)).used).toEqual({ configmaps: '0' });
  const merge = { 'content-type': 'application/merge-patch+json' };
  const before = await server.api.snapshot();
  await server.ask('PATCH', `${core}/resourcequotas/q/status`, { status: { used: { configmaps: '1' } } }, merge);
  expect((await status(server)).used).toEqual({ configmaps: '1' });
  await server.ask('PATCH', `${core}/resourcequotas/q`, { spec: { hard: { secrets: '7' } } }, merge);
  expect(await status(server)).toEqual({
    hard: { configmaps: '2', secrets: '7' },
    used: { configmaps: '0', secrets: '0' },
  });
  await server.api.restore(before);
  await server.ask('POST', `${core}/configmaps`, { metadata: { name: 'a' } });
  expect(await status(server)).toEqual({ hard: { configmaps: '2' }, used: { configmaps: '1' } });
  await server.ask('DELETE', `${core}/configmaps/a`);
  expect((await status(server)).used).toEqual({ configmaps: '0' });
});
