import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, TestServer, turn } from '../client.js';

const maps = '/api/v1/namespaces/default/configmaps';

interface Reference {
  readonly of: Answer;
  readonly blocks?: boolean;
}

const references = (owners: readonly Reference[]) =>
  owners.map(({ of, blocks }) => ({
    apiVersion: of.apiVersion,
    kind: of.kind,
    name: of.metadata.name,
    uid: of.metadata.uid,
    ...(blocks === true ? { blockOwnerDeletion: true } : {}),
  }));

async function make(server: TestServer, name: string, owners: readonly Reference[] = [], finalizers: string[] = []) {
  const metadata = { name, ownerReferences: references(owners), finalizers };
  const { status, body } = await server.ask('POST', maps, { metadata });
  expect(status).toBe(201);
  return body;
}

/** The names that are left when nothing changes any more. */
async function settled(server: TestServer): Promise<string[]> {
  for (let before = ''; ; ) {
    for (let i = 0; i < 20; i++) await turn();
    const { body } = await server.ask('GET', maps);
    const after = body.metadata.resourceVersion as string;
    if (after === before) return body.items.map(({ metadata }: Answer) => metadata.name as string);
    before = after;
  }
}

const mergePatch = { 'content-type': 'application/merge-patch+json' };

const collecting = () => new TestServer({ controllers: ['garbagecollector'] });
const remove = (server: TestServer, name: string, propagationPolicy: string) =>
  server.ask('DELETE', `${maps}/${name}`, { propagationPolicy });

describe('the garbage collector', () => {
  it('deletes what has lost its last owner, however deep', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    const b = await make(server, 'b', [{ of: a }]);
    await make(server, 'c', [{ of: b }]);
    await make(server, 'd');
    await remove(server, 'a', 'Background');
    expect(await settled(server)).toEqual(['d']);
  });

  it('keeps what still has an owner, and takes out the one who went', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    const b = await make(server, 'b');
    await make(server, 'c', [{ of: a }, { of: b }]);
    await remove(server, 'a', 'Background');
    expect(await settled(server)).toEqual(['b', 'c']);
    const { body } = await server.ask('GET', `${maps}/c`);
    expect(body.metadata.ownerReferences).toEqual(references([{ of: b }]));
  });

  it('deletes what is made with an owner that is not there, or is another of the same name', async () => {
    const server = collecting();
    const gone = await make(server, 'a');
    await remove(server, 'a', 'Background');
    await make(server, 'a');
    await make(server, 'b', [{ of: gone }]);
    expect(await settled(server)).toEqual(['a']);
  });

  it('leaves alone what is owned by a kind nobody serves, until somebody does', async () => {
    const server = collecting();
    const owner = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', uid: 'u-1' } };
    await make(server, 'a', [{ of: owner }]);
    expect(await settled(server)).toEqual(['a']);
    const schema = { openAPIV3Schema: { type: 'object' } };
    const { status } = await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        names: { plural: 'widgets', kind: 'Widget' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    expect(status).toBe(201);
    expect(await settled(server)).toEqual([]);
  });

  it('holds an owner deleted in the foreground until what blocks it has gone', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    await make(server, 'b', [{ of: a, blocks: true }], ['example.com/mine']);
    await make(server, 'c', [{ of: a }]);
    const { body } = await remove(server, 'a', 'Foreground');
    expect(body.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect(await settled(server)).toEqual(['a', 'b']);
    await server.ask('PATCH', `${maps}/b`, '{"metadata":{"finalizers":null}}', {
      'content-type': 'application/merge-patch+json',
    });
    expect(await settled(server)).toEqual([]);
  });

  it('lets two go that wait for each other', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    const b = await make(server, 'b', [{ of: a, blocks: true }]);
    await server.ask(
      'PATCH',
      `${maps}/a`,
      { metadata: { ownerReferences: references([{ of: b, blocks: true }]) } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await remove(server, 'a', 'Foreground');
    expect(await settled(server)).toEqual([]);
  });

  it('takes an owner that is deleted with orphaning out of its dependents', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    await make(server, 'b', [{ of: a }]);
    await remove(server, 'a', 'Orphan');
    expect(await settled(server)).toEqual(['b']);
    const { body } = await server.ask('GET', `${maps}/b`);
    expect(body.metadata.ownerReferences).toBeUndefined();
  });

  it('knows who depends on whom after the store has gone back, owners under way of going included', async () => {
    const server = collecting();
    const a = await make(server, 'a');
    await make(server, 'b', [{ of: a, blocks: true }], ['example.com/held']);
    expect(await settled(server)).toEqual(['a', 'b']);
    const whole = await server.api.snapshot();
    await remove(server, 'a', 'Foreground');
    expect(await settled(server)).toEqual(['a', 'b']);
    const going = await server.api.snapshot();
    const release = () => server.ask('PATCH', `${maps}/b`, { metadata: { finalizers: null } }, mergePatch);
    for (let round = 0; round < 2; round++) {
      await release();
      expect(await settled(server)).toEqual([]);
      await server.api.restore(going);
      expect(await settled(server)).toEqual(['a', 'b']);
    }
    await server.api.restore(whole);
    expect(await settled(server)).toEqual(['a', 'b']);
    await make(server, 'c', [{ of: a }]);
    await remove(server, 'a', 'Background');
    await release();
    expect(await settled(server)).toEqual([]);
  });

  it('goes through what is there already when it starts', async () => {
    const server = collecting();
    const cluster = await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'r' },
    });
    await make(server, 'a', [{ of: cluster.body }]);
    expect(await settled(server)).toEqual(['a']);
    await server.ask('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterroles/r');
    expect(await settled(server)).toEqual([]);
  });

  it('leaves exactly what can be reached from an owner that was not deleted', async () => {
    const policy = fc.constantFrom('Background', 'Foreground');
    // Object i may be owned by objects made before it.
    const graph = fc.array(fc.array(fc.tuple(fc.nat(7), fc.boolean()), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(graph, fc.array(fc.tuple(fc.nat(7), policy), { maxLength: 4 }), async (owners, deletions) => {
        const server = collecting();
        const made: Answer[] = [];
        const edges = owners.map((list, i) => {
          const earlier = new Map(list.filter(([j]) => j < i));
          return [...earlier];
        });
        for (const [i, list] of edges.entries()) {
          made.push(
            await make(
              server,
              `m${i}`,
              list.map(([j, blocks]) => ({ of: made[j], blocks })),
            ),
          );
        }
        for (const [i, how] of deletions) if (i < made.length) await remove(server, `m${i}`, how);
        const deleted = new Set(deletions.map(([i]) => i));
        const alive: number[] = [];
        for (const [i, list] of edges.entries()) {
          if (!deleted.has(i) && (list.length === 0 || list.some(([j]) => alive.includes(j)))) alive.push(i);
        }
        expect(await settled(server)).toEqual(alive.map((i) => `m${i}`));
        await server.api.close();
      }),
      { numRuns: 60 },
    );
  });
});
