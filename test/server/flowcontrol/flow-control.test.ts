import { describe, expect, it } from 'vitest';
import type { ServerResponse } from '../../../src/server/object/message.js';
import { type Clock, systemClock } from '../../../src/util/clock.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer, turn } from '../client.js';

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1';
const configMaps = '/api/v1/namespaces/default/configmaps';
const user = (username: string) => ({ username, groups: ['dev', 'system:authenticated'] });
const uids = ({ headers }: Pick<ServerResponse, 'headers'>) => [
  headers['x-kubernetes-pf-flowschema-uid'],
  headers['x-kubernetes-pf-prioritylevel-uid'],
];

/** A server where any user of the group `dev` may do everything, and has a level of its own. */
async function start(limited: object, total = 1, clock: Clock = systemClock): Promise<TestServer> {
  const server = new TestServer({ maxRequestsInflight: total, maxMutatingRequestsInflight: total, clock });
  await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'dev' },
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' },
    subjects: [{ kind: 'Group', name: 'dev', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const level = await server.ask('POST', `${flowControl}/prioritylevelconfigurations`, {
    metadata: { name: 'dev' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, lendablePercent: 0, borrowingLimitPercent: 0, ...limited },
    },
  });
  expect(level.status).toBe(201);
  await server.ask('POST', `${flowControl}/flowschemas`, schema('dev', 'dev'));
  return server;
}

function schema(name: string, level: string): object {
  return {
    metadata: { name },
    spec: {
      matchingPrecedence: 50,
      priorityLevelConfiguration: { name: level },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'Group', group: { name: 'dev' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  };
}

/** A create whose body comes when `send` is called. */
function pending(server: TestServer, username: string) {
  let send = (): void => {};
  let started = false;
  const body = new Promise<Uint8Array>((resolve) => {
    send = () => resolve(new TextEncoder().encode(`{"metadata":{"generateName":"${username}-"}}`));
  });
  const readBody = (): Promise<Uint8Array> => {
    started = true;
    return body;
  };
  const answer = server.api.handle({ method: 'POST', path: configMaps, user: user(username), headers: {}, readBody });
  return { send: () => send(), answer, isRunning: () => started };
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

describe('priority and fairness', () => {
  it('name the FlowSchema and the level of a request in its response, of a forbidden one too', async () => {
    const server = new TestServer();
    const uidOf = async (plural: string, name: string): Promise<string> =>
      (await server.ask('GET', `${flowControl}/${plural}/${name}`)).body.metadata.uid;
    const master = await server.ask('GET', configMaps);
    expect(uids(master)).toEqual([
      await uidOf('flowschemas', 'exempt'),
      await uidOf('prioritylevelconfigurations', 'exempt'),
    ]);
    const jane = await server.api.handle({ method: 'GET', path: configMaps, user: user('jane'), headers: {} });
    expect(jane.status).toBe(403);
    expect(uids(jane)).toEqual([
      await uidOf('flowschemas', 'global-default'),
      await uidOf('prioritylevelconfigurations', 'global-default'),
    ]);
    const probe = await server.api.handle({ method: 'GET', path: '/livez', user: user('jane'), headers: {} });
    expect(uids(probe)[0]).toBe(await uidOf('flowschemas', 'probes'));
  });

  it('reject requests beyond the seats of a level without queues, and leave other levels alone', async () => {
    const server = await start({ limitResponse: { type: 'Reject' } });
    const first = pending(server, 'jane');
    await settle();
    const refused = await pending(server, 'jane').answer;
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(uids(refused)[1]).toBeDefined();
    expect((await server.ask('POST', configMaps, { metadata: { name: 'master' } })).status).toBe(201);
    first.send();
    expect((await first.answer).status).toBe(201);
    const next = pending(server, 'jane');
    next.send();
    expect((await next.answer).status).toBe(201);
  });

  it('let requests wait in queues, users in turn, and reject those beyond the queues', async () => {
    const queuing = { queues: 64, handSize: 1, queueLengthLimit: 2 };
    const server = await start({ limitResponse: { type: 'Queue', queuing } });
    const running = pending(server, 'jane');
    await settle();
    const waiting = [pending(server, 'jane'), pending(server, 'jane'), pending(server, 'joe')];
    await settle();
    expect((await pending(server, 'jane').answer).status).toBe(429);
    for (const one of [running, ...waiting]) one.send();
    const order: string[] = [];
    await Promise.all(
      waiting.map(async ({ answer }, index) => {
        expect((await answer).status).toBe(201);
        order.push(['jane 1', 'jane 2', 'joe'][index] ?? '');
      }),
    );
    // Jane has had the seat; it is Joe's turn.
    expect(order).toEqual(['joe', 'jane 1', 'jane 2']);
  });

  it('show the seats of levels and the requests of FlowSchemas in /metrics', async () => {
    const server = await start({ limitResponse: { type: 'Reject' } }, 300);
    await server.api.handle({ method: 'GET', path: configMaps, user: user('jane'), headers: {} });
    const metrics = (await server.ask('GET', '/metrics')).body;
    expect(metrics).toContain('\napiserver_flowcontrol_nominal_limit_seats{priority_level="dev"} 3\n');
    expect(metrics).toContain('\napiserver_flowcontrol_upper_limit_seats{priority_level="dev"} 3\n');
    expect(metrics).toContain(
      '\napiserver_flowcontrol_dispatched_requests_total{flow_schema="dev",priority_level="dev"} 1\n',
    );
  });

  it('count a watch until its response begins', async () => {
    const server = await start({ limitResponse: { type: 'Reject' } });
    const watch = () =>
      server.api.handle({ method: 'GET', path: `${configMaps}?watch=1`, user: user('jane'), headers: {} });
    expect([(await watch()).status, (await watch()).status]).toEqual([200, 200]);
    const running = pending(server, 'jane');
    await settle();
    expect((await watch()).status).toBe(429);
    running.send();
    await running.answer;
    await server.api.close();
  });

  it('tell clients to come later, the more requests are rejected', async () => {
    const clock = new FakeClock();
    const server = await start({ limitResponse: { type: 'Reject' } }, 1, clock);
    const running = pending(server, 'jane');
    await settle();
    const later: unknown[] = [];
    for (let second = 0; second < 3; second++) {
      const refused = await Promise.all(Array.from({ length: 4 }, () => pending(server, 'jane').answer));
      later.push(refused.at(-1)?.headers['retry-after']);
      await clock.advance(1_000);
    }
    expect(later).toEqual(['1', '2', '2']);
    running.send();
    await running.answer;
  });
});

describe('the status of a FlowSchema', () => {
  const condition = async (server: TestServer, name: string): Promise<unknown[]> => {
    await settle();
    const { body } = await server.ask('GET', `${flowControl}/flowschemas/${name}`);
    const [dangling] = body.status.conditions ?? [];
    return [dangling?.type, dangling?.status, dangling?.reason, body.metadata.managedFields.length];
  };

  it('says whether its level exists, and follows when the level comes and goes', async () => {
    const server = new TestServer();
    await server.ask('POST', `${flowControl}/flowschemas`, schema('mine', 'later'));
    await expect.poll(() => condition(server, 'mine')).toEqual(['Dangling', 'True', 'NotFound', 2]);
    const level = {
      metadata: { name: 'later' },
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
    };
    await server.ask('POST', `${flowControl}/prioritylevelconfigurations`, level);
    await expect.poll(() => condition(server, 'mine')).toEqual(['Dangling', 'False', 'Found', 2]);
    await server.ask('DELETE', `${flowControl}/prioritylevelconfigurations/later`);
    await expect.poll(() => condition(server, 'mine')).toEqual(['Dangling', 'True', 'NotFound', 2]);
    await server.api.close();
  });
});
