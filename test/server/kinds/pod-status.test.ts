import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const merge = { 'content-type': 'application/merge-patch+json' };
const pods = '/api/v1/namespaces/default/pods';

async function withPod(): Promise<TestServer> {
  const server = new TestServer({ disableAdmissionPlugins: ['ServiceAccount'] });
  const spec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] };
  await server.ask('POST', pods, { metadata: { name: 'x' }, spec });
  return server;
}

it.each([
  [{ podIPs: [{ ip: 'x' }] }, 'status.podIPs[0]'],
  [{ podIP: 'x' }, 'status.podIPs[0]'],
  [{ podIPs: [{ ip: '1.1.1.1' }, { ip: '1.1.1.2' }] }, 'status.podIPs'],
  [{ hostIPs: [{ ip: '1.1.1.1' }] }, 'status.hostIPs[0].ip'],
  [{ qosClass: 'Guaranteed' }, 'status.qosClass'],
  [{ observedGeneration: -1 }, 'status.observedGeneration'],
  [{ conditions: [{ type: '$', status: 'True' }] }, 'status.conditions[0].Type'],
  [{ resourceClaimStatuses: [{ name: 'x' }] }, 'status.resourceClaimStatuses[0].name'],
])('a pod cannot have the status %j, for %s', async (status, field) => {
  const server = await withPod();
  const answer = await server.ask('PATCH', `${pods}/x/status`, { status }, merge);
  expect(answer.status).toBe(422);
  expect(answer.body.details.causes.map((cause: { field: string }) => cause.field)).toContain(field);
});

it('the address of a pod stands in both fields', async () => {
  const server = await withPod();
  const one = await server.ask('PATCH', `${pods}/x/status`, { status: { podIP: '1.1.1.1' } }, merge);
  expect(one.body.status.podIPs).toEqual([{ ip: '1.1.1.1' }]);
});

it('a container that has ended stays so in a pod that restarts nothing', async () => {
  const server = await withPod();
  const set = (state: object) =>
    server.ask('PATCH', `${pods}/x/status`, { status: { containerStatuses: [{ name: 'c', state }] } }, merge);
  expect((await set({ terminated: { exitCode: 1 } })).status).toBe(200);
  const { status, body } = await set({ running: {} });
  expect(status).toBe(422);
  expect(body.details.causes[0].field).toBe('status.containerStatuses[0].state');
});
