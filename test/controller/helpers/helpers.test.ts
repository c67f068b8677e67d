import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Deployment, type Node } from '../../../generated/index.js';
import { createOrUpdate, Expectations, setStatusCondition, withFinalizer } from '../../../src/controller/index.js';
import { setControllerReference, setOwnerReference } from '../../../src/meta/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../../src/server/local-server.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

let server: LocalServer;
let cluster: Cluster;
const maps = () => cluster.resource(ConfigMap).in('default');

beforeEach(async () => {
  server = await startServer({ listen: false });
  cluster = await server.connect();
});
afterEach(() => server.close());

describe('withFinalizer', () => {
  const finalizer = 'example.com/bucket';
  const log: string[] = [];
  const work = {
    reconcile: async () => void log.push('reconcile'),
    cleanup: async () => void log.push('cleanup'),
  };
  beforeEach(() => void log.splice(0));

  it('is in place before anything is made, and goes once it is cleaned up', async () => {
    const made = await maps().create({ metadata: { name: 'a', finalizers: ['other.io/x'] } });
    await withFinalizer(maps(), made, finalizer, {
      ...work,
      reconcile: async () => {
        log.push(...((await maps().get('a')).metadata.finalizers ?? []));
      },
    });
    expect(log).toEqual(['other.io/x', finalizer]);
    const wanted = await maps().get('a');
    await withFinalizer(maps(), wanted, finalizer, work);
    expect(await maps().get('a')).toEqual(wanted);
    await maps().delete('a');
    await withFinalizer(maps(), await maps().get('a'), finalizer, work);
    expect(log.slice(2)).toEqual(['reconcile', 'cleanup']);
    expect((await maps().get('a')).metadata.finalizers).toEqual(['other.io/x']);
    expect(await withFinalizer(maps(), await maps().get('a'), finalizer, work)).toBeUndefined();
    expect(log.length).toBe(4);
  });

  it('stays when cleaning up fails', async () => {
    await maps().create({ metadata: { name: 'a', finalizers: [finalizer] } });
    await maps().delete('a');
    const failing = { ...work, cleanup: () => Promise.reject(new Error('bucket is not empty')) };
    await expect(withFinalizer(maps(), await maps().get('a'), finalizer, failing)).rejects.toThrow('not empty');
    expect((await maps().get('a')).metadata.finalizers).toEqual([finalizer]);
  });

  it('is not added on the word of a stale copy, and nothing is made then', async () => {
    const stale = await maps().create({ metadata: { name: 'a' } });
    await maps().update('a', (draft) => {
      draft.data = { changed: 'yes' };
    });
    await expect(withFinalizer(maps(), stale, finalizer, work)).rejects.toMatchObject({ isConflict: true });
    await maps().delete('a');
    await expect(withFinalizer(maps(), stale, finalizer, work)).rejects.toMatchObject({ isNotFound: true });
    expect(log).toEqual([]);
  });

  it('goes although cleaning up changed the object, and never from another object of the same name', async () => {
    await maps().create({ metadata: { name: 'a', finalizers: [finalizer] } });
    await maps().delete('a');
    const gone = await maps().get('a');
    await withFinalizer(maps(), gone, finalizer, {
      ...work,
      cleanup: async () => {
        await maps().update('a', (draft) => {
          draft.data = { bucket: 'gone' };
        });
      },
    });
    expect(await maps().find('a')).toBeUndefined();
    await maps().create({ metadata: { name: 'a', finalizers: [finalizer] } });
    await withFinalizer(maps(), gone, finalizer, work);
    expect((await maps().get('a')).metadata.finalizers).toEqual([finalizer]);
  });

  it('must have a domain', async () => {
    const made = await maps().create({ metadata: { name: 'a' } });
    await expect(withFinalizer(maps(), made, 'bucket', work)).rejects.toThrow('it needs a domain before a slash');
  });
});

describe('createOrUpdate', () => {
  const blank = { metadata: { name: 'settings' } };

  it('creates, then changes, then leaves alone', async () => {
    const want = (value: string) =>
      createOrUpdate(maps(), blank, (draft) => {
        draft.data = { ...draft.data, value };
        draft.metadata.finalizers = [];
      });
    const created = await want('1');
    expect([created.operation, created.object.data]).toEqual(['created', { value: '1' }]);
    const updated = await want('2');
    expect([updated.operation, updated.object.data]).toEqual(['updated', { value: '2' }]);
    const same = await want('2');
    expect([same.operation, same.object.metadata.resourceVersion]).toEqual([
      'unchanged',
      updated.object.metadata.resourceVersion,
    ]);
    expect(blank).toEqual({ metadata: { name: 'settings' } });
  });

  it('starts over when somebody else was faster, whatever they did', async () => {
    let rivals = 2;
    const result = await createOrUpdate(maps(), blank, async (draft) => {
      if (rivals === 2) await maps().create({ ...blank, data: { theirs: '1' } });
      if (rivals === 1) {
        await maps().update('settings', (other) => {
          other.data = { theirs: '2' };
        });
      }
      rivals--;
      draft.data = { ...draft.data, ours: 'yes' };
    });
    expect([result.operation, result.object.data]).toEqual(['updated', { theirs: '2', ours: 'yes' }]);
  });

  it('gives up with the last conflict, and refuses to rename', async () => {
    await maps().create(blank);
    let n = 0;
    const losing = createOrUpdate(
      maps(),
      blank,
      async (draft) => {
        await maps().update('settings', (other) => {
          other.data = { n: String(n++) };
        });
        draft.data = { ours: 'yes' };
      },
      { attempts: 3 },
    );
    await expect(losing).rejects.toMatchObject({ isConflict: true });
    expect(n).toBe(3);
    const renaming = createOrUpdate(maps(), blank, (draft) => {
      draft.metadata.name = 'other';
    });
    await expect(renaming).rejects.toThrow('must not change the name');
  });
});

describe('setStatusCondition', () => {
  it('sets the generation seen, and the time only when the status changes', () => {
    const clock = new FakeClock(0);
    const draft: { metadata: { generation: number }; status?: object } = { metadata: { generation: 3 } };
    const set = (status: string, reason: string) =>
      setStatusCondition(draft, { type: 'Ready', status, reason, message: '' }, { clock });
    expect(set('True', 'Up')).toBe(true);
    const first = {
      type: 'Ready',
      status: 'True',
      reason: 'Up',
      message: '',
      observedGeneration: 3,
      lastTransitionTime: '1970-01-01T00:00:00Z',
    };
    expect(draft.status).toEqual({ conditions: [first] });
    clock.advance(60_000);
    expect(set('True', 'Up')).toBe(false);
    draft.metadata.generation = 4;
    expect(set('True', 'StillUp')).toBe(true);
    expect(draft.status).toEqual({ conditions: [{ ...first, reason: 'StillUp', observedGeneration: 4 }] });
  });

  it('takes the drafts of built-in kinds', async () => {
    const draft: Node = { metadata: { name: 'n' }, status: { conditions: [] } };
    expect(draft.status?.conditions).toEqual([]);
  });
});

describe('owner references', () => {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'u1' },
  };

  it('know one controller only, in the same namespace, that blocks deletion unless told otherwise', () => {
    const object: ConfigMap = { metadata: { name: 'a', namespace: 'default' } };
    expect(setControllerReference(object, owner, { blockOwnerDeletion: false })).toBe(true);
    expect(object.metadata?.ownerReferences?.[0]).toMatchObject({ controller: true, blockOwnerDeletion: false });
    expect(setControllerReference(object, owner)).toBe(true);
    expect(setControllerReference(object, owner)).toBe(false);
    expect(object.metadata?.ownerReferences).toMatchObject([{ uid: 'u1', controller: true, blockOwnerDeletion: true }]);
    const rival = { ...owner, metadata: { ...owner.metadata, name: 'other', uid: 'u2' } };
    expect(() => setControllerReference(object, rival)).toThrow('already managed by Deployment web');
    const elsewhere = { ...owner, metadata: { ...owner.metadata, namespace: 'shop' } };
    expect(() => setControllerReference({ metadata: { namespace: 'default' } }, elsewhere)).toThrow('namespace shop');
    expect(() => setControllerReference({ metadata: {} }, owner)).toThrow('without a namespace');
    expect(
      setOwnerReference(object, { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u3' }) &&
        object.metadata?.ownerReferences?.length,
    ).toBe(2);
    expect(Deployment.kind).toBe('Deployment');
  });
});

describe('Expectations', () => {
  it('hold a key back until what was asked for has been seen', () => {
    const expectations = new Expectations();
    expect(expectations.satisfied('shop/web')).toBe(true);
    expectations.expect('shop/web', { creations: 2 });
    expectations.raise('shop/web', { deletions: 1 });
    expectations.creationObserved('shop/web');
    expectations.creationObserved('shop/web');
    // One more than expected, such as one of another's making, does not count for the future.
    expectations.creationObserved('shop/web');
    expect(expectations.satisfied('shop/web')).toBe(false);
    expectations.deletionObserved('shop/web');
    expect(expectations.satisfied('shop/web')).toBe(true);
    expect(expectations.satisfied('shop/other')).toBe(true);
  });

  it('count each deletion once where uids are known', () => {
    const expectations = new Expectations();
    expectations.expect('k', { deletions: ['u1', 'u2'] });
    expectations.deletionObserved('k', 'u1');
    expectations.deletionObserved('k', 'u1');
    expect(expectations.satisfied('k')).toBe(false);
    expectations.deletionObserved('k', 'u2');
    expect(expectations.satisfied('k')).toBe(true);
  });

  it('are over after five minutes, and when forgotten', async () => {
    const clock = new FakeClock();
    const expectations = new Expectations({ clock });
    expectations.expect('a', { creations: 1 });
    expectations.expect('b', { creations: 1 });
    await clock.advance(300_000);
    expect(expectations.satisfied('a')).toBe(false);
    expectations.forget('b');
    expect(expectations.satisfied('b')).toBe(true);
    await clock.advance(1);
    expect(expectations.satisfied('a')).toBe(true);
  });
});
