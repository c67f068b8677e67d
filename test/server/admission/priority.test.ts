import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
const pods = '/api/v1/namespaces/default/pods';
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const serverFor = () => new TestServer({ disableAdmissionPlugins: ['ServiceAccount'] });

describe('a priority class', () => {
  it.each([
    ['system-node-critical', { value: 5 }, 'value of system-node-critical PriorityClass must be 2000001000'],
    ['system-foo', { value: 2_000_000_000 }, 'system-foo is not a known system priority class'],
    [
      'system-node-critical',
      { value: 2_000_001_000, globalDefault: true },
      'globalDefault of system-node-critical PriorityClass must be false',
    ],
  ])('may have the name %s with %j only if the system has it', async (name, fields, why) => {
    const server = serverFor();
    await server.ask('DELETE', `${classes}/${name}`);
    const { status, body } = await server.ask('POST', classes, { metadata: { name }, ...fields });
    expect([status, body.message]).toEqual([
      422,
      `PriorityClass.scheduling.k8s.io "${name}" is invalid: metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
    ]);
  });

  it('of the system can be created again', async () => {
    const server = serverFor();
    await server.ask('DELETE', `${classes}/system-node-critical`);
    const again = { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 };
    expect((await server.ask('POST', classes, again)).status).toBe(201);
  });

  it('is the default of all pods that name none, and the only such one', async () => {
    const server = serverFor();
    await server.ask('POST', classes, { metadata: { name: 'usual' }, value: 7, globalDefault: true });
    const second = await server.ask('POST', classes, { metadata: { name: 'second' }, value: 3, globalDefault: true });
    expect([second.status, second.body.message]).toEqual([
      403,
      'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    ]);
    const { body } = await server.ask('POST', pods, pod('a'));
    expect(body.spec).toMatchObject({ priority: 7, priorityClassName: 'usual' });
    const merge = { 'content-type': 'application/merge-patch+json' };
    const described = await server.ask('PATCH', `${classes}/usual`, { description: 'for all' }, merge);
    expect(described.status).toBe(200);
  });

  it('decides the preemption policy', async () => {
    const { status, body } = await serverFor().ask(
      'POST',
      pods,
      pod('a', { priorityClassName: 'system-node-critical', preemptionPolicy: 'Never' }),
    );
    expect([status, body.message]).toEqual([
      403,
      'pods "a" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ]);
  });
});
