import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lease } from '../../../generated/index.js';
import {
  type LeaderElectionOptions,
  LeaderElector,
  LeadershipLostError,
  type LeaderTerm,
  type LeaseObject,
  type LeaseRecord,
  type LeaseStore,
} from '../../../src/controller/index.js';
import { ApiError } from '../../../src/errors/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../../src/server/local-server.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { seededRandom } from '../../../src/util/random.js';

let clock: FakeClock;
let server: LocalServer;
let cluster: Cluster;
const leases = () => cluster.resource(Lease).in('default');

beforeEach(async () => {
  clock = new FakeClock();
  server = await startServer({ listen: false, clock });
  cluster = await server.connect();
  // What the server loads at its first write, it has loaded then: below, only the clock waits.
  await cluster
    .resource(Lease)
    .in('default')
    .create({ metadata: { name: 'first' } });
});
afterEach(() => server.close());

/** Lets time pass in steps that leave the server a few turns to answer in. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    await clock.advance(Math.min(100, left));
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Candidate {
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly terms: LeaderTerm[];
  readonly run: Promise<void>;
  outcome: 'running' | 'resolved' | { readonly error: unknown };
  /** Ends the work. */
  finish(): void;
  /** Nothing that it sends arrives from now on. */
  cutOff(): Promise<void>;
}

/** A candidate whose work goes on until its signal aborts, or until it is finished by hand. */
async function candidate(
  identity: string,
  options: Partial<LeaderElectionOptions> = {},
  byHand = false,
  store?: LeaseStore,
): Promise<Candidate> {
  const own = await server.connect();
  const elector = new LeaderElector(store ?? own, {
    name: 'web',
    namespace: 'default',
    identity,
    clock,
    random: seededRandom(1),
    ...options,
  });
  const stop = new AbortController();
  const terms: LeaderTerm[] = [];
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = elector.run({
    signal: stop.signal,
    lead: async (term) => {
      terms.push(term);
      if (!byHand) term.signal.addEventListener('abort', finish);
      await finished;
    },
  });
  const made: Candidate = { elector, stop, terms, run, outcome: 'running', finish, cutOff: () => own.close() };
  run.then(
    () => {
      made.outcome = 'resolved';
    },
    (error: unknown) => {
      made.outcome = { error };
    },
  );
  return made;
}

const spec = async () => (await leases().get('web')).spec;

describe('LeaderElector', () => {
  it('makes the Lease, says who holds it since when with microseconds, and renews it every two seconds', async () => {
    const a = await candidate('a', { labels: { app: 'web' } });
    await pass(100);
    const first = await leases().get('web');
    expect(first.metadata.labels).toEqual({ app: 'web' });
    expect(first.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(first.spec?.acquireTime).toMatch(/^2026-01-01T00:00:00\.\d{6}Z$/);
    expect([a.elector.isLeader(), a.elector.leader, a.terms.length]).toEqual([true, 'a', 1]);
    await pass(2000);
    const second = await spec();
    expect(second?.renewTime).toMatch(/^2026-01-01T00:00:02\.\d{6}Z$/);
    expect(second?.acquireTime).toBe(first.spec?.acquireTime);
    expect(a.elector.metrics).toEqual({ leader_election_master_status: 1, leader_election_slowpath_total: 0 });
  });

  it('lets nobody else lead while the lease is renewed, and the next one when it has run out', async () => {
    const a = await candidate('a');
    await pass(100);
    const heard: string[] = [];
    const b = await candidate('b', { onNewLeader: (identity) => heard.push(identity) });
    await pass(60_000);
    expect([a.terms.length, b.terms.length, heard]).toEqual([1, 0, ['a']]);
    // The leader's process is gone: nothing of it renews any more.
    await a.cutOff();
    await pass(14_000);
    expect(b.terms.length).toBe(0);
    await pass(8000);
    expect(b.terms.map(({ token, identity }) => [identity, token])).toEqual([['b', 1]]);
    expect(heard).toEqual(['a', 'b']);
    expect(await spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('gives the lease back when told to stop, so that the next one leads within a try', async () => {
    const a = await candidate('a');
    await pass(100);
    const b = await candidate('b');
    await pass(100);
    a.stop.abort(new Error('shutting down'));
    await pass(100);
    expect(a.outcome).toBe('resolved');
    expect(await spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    await pass(4500);
    expect(b.terms.length).toBe(1);
  });

  it('gives the lease back also when it is stopped before it has heard that it won it', async () => {
    server.faults.add({ verb: 'create', resource: 'leases' }, { kind: 'lose-answer' });
    const a = await candidate('a');
    await pass(100);
    expect([(await spec())?.holderIdentity, a.terms.length]).toEqual(['a', 0]);
    a.stop.abort();
    await pass(100);
    expect([(await spec())?.holderIdentity, a.outcome]).toEqual(['', 'resolved']);
  });

  it('leads on until the work has ended, and gives the lease back only then', async () => {
    const a = await candidate('a', {}, true);
    await pass(100);
    const b = await candidate('b');
    const reason = new Error('shutting down');
    a.stop.abort(reason);
    await pass(40_000);
    const [term] = a.terms;
    expect([term?.signal.reason, term?.isLeader(), b.terms.length, a.outcome]).toEqual([reason, true, 0, 'running']);
    a.finish();
    await pass(100);
    expect(a.outcome).toBe('resolved');
    await pass(4500);
    expect(b.terms.length).toBe(1);
  });

  it('keeps the lease to its end where releaseOnCancel is false', async () => {
    const a = await candidate('a', { releaseOnCancel: false });
    await pass(100);
    a.stop.abort();
    await pass(100);
    expect([a.outcome, (await spec())?.holderIdentity]).toEqual(['resolved', 'a']);
  });

  it('tells the work that leadership is lost ten seconds after the last renewal was sent, before anyone else may lead', async () => {
    const errors: unknown[] = [];
    const a = await candidate('a', { onError: (error) => errors.push(error) }, true);
    await pass(2100);
    const b = await candidate('b');
    await pass(100);
    await a.cutOff();
    await pass(9000);
    const [term] = a.terms;
    expect([term?.signal.aborted, term?.isLeader()]).toEqual([false, true]);
    await pass(1000);
    expect(term?.signal.reason).toBeInstanceOf(LeadershipLostError);
    expect(() => term?.check()).toThrow('a leads no longer: the lease could not be renewed within 10000 ms');
    expect([b.terms.length, errors.length > 0, a.outcome]).toEqual([0, true, 'running']);
    expect(a.elector.problem()).toBeUndefined();
    await pass(26_000);
    expect(a.elector.problem()).toContain('lease default/web was lost');
    a.finish();
    await pass(20_000);
    expect(a.outcome).toMatchObject({ error: { code: 'ERR_KUBE_LEADERSHIP_LOST' } });
    expect(a.elector.problem()).toBeUndefined();
  });

  it('refuses the next write after a pause of the process, although no timer had its turn yet', async () => {
    const a = await candidate('a');
    await pass(100);
    const [term] = a.terms;
    expect(() => term?.check()).not.toThrow();
    let now = clock.now();
    clock.monotonic = () => now;
    now += 10_001;
    expect(term?.signal.aborted).toBe(false);
    expect(() => term?.check()).toThrow(LeadershipLostError);
    expect(() => a.elector.check()).toThrow(LeadershipLostError);
    expect(term?.signal.aborted).toBe(true);
  });

  it('stops at once when another holds the lease', async () => {
    const a = await candidate('a');
    await pass(100);
    await leases().update('web', (lease) => {
      lease.spec = { ...lease.spec, holderIdentity: 'intruder' };
    });
    await pass(2000);
    expect(a.outcome).toMatchObject({
      error: { message: expect.stringContaining('lease default/web is held by intruder, no longer by a') },
    });
    expect((await spec())?.holderIdentity).toBe('intruder');
  });

  it('leads on when somebody changes what is not the record, and keeps the change', async () => {
    const a = await candidate('a');
    await pass(100);
    await leases().update('web', (lease) => {
      lease.metadata.annotations = { note: 'mine' };
    });
    await pass(6000);
    expect(a.elector.isLeader()).toBe(true);
    expect(a.elector.metrics.leader_election_slowpath_total).toBe(1);
    expect((await leases().get('web')).metadata.annotations).toEqual({ note: 'mine' });
  });

  it('makes a Lease that was deleted beneath it anew, and waits where it knew of the holder', async () => {
    const a = await candidate('a');
    await pass(100);
    const b = await candidate('b');
    await pass(100);
    await leases().delete('web');
    await pass(30_000);
    expect([a.terms.length, b.terms.length, (await spec())?.holderIdentity]).toEqual([1, 0, 'a']);
  });

  it('does not take a record of its own name that it did not write for its own', async () => {
    const a = await candidate('web-0');
    await pass(100);
    const b = await candidate('web-0');
    await pass(60_000);
    expect([a.terms.length, b.terms.length]).toEqual([1, 0]);
  });

  it('ends with its work: with what it threw, and after giving the lease back', async () => {
    const elector = new LeaderElector(cluster, { name: 'web', namespace: 'default', clock });
    const failing = elector.run({
      lead: async () => {
        await clock.sleep(5000);
        throw new Error('the work failed');
      },
    });
    const failed = expect(failing).rejects.toThrow('the work failed');
    await pass(100);
    await expect(elector.run({ lead: async () => undefined })).rejects.toThrow('running already');
    await pass(5000);
    await failed;
    expect((await spec())?.holderIdentity).toBe('');
    const again = elector.run({ lead: async () => undefined });
    await pass(100);
    await again;
    expect(await spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 1 });
  });

  it('resolves without having led when it is told to stop while it waits', async () => {
    await candidate('a');
    await pass(100);
    const b = await candidate('b');
    await pass(3000);
    b.stop.abort();
    await pass(0);
    await b.run;
    expect(b.terms).toEqual([]);
    expect(() => b.elector.check()).toThrow('b does not lead: lease default/web is not held by it');
  });

  describe('where a coordinator picks the holder (KEP-4355; the server drops its fields, as it does by default)', () => {
    const coordinated = { strategy: 'OldestEmulationVersion', leaseDurationSeconds: 15 };
    /** A lease as a server with that feature keeps it. */
    function keptLease(
      spec: LeaseRecord,
    ): LeaseStore & { edit(spec: LeaseRecord): void; spec(): LeaseRecord | undefined } {
      let version = 1;
      let stored: LeaseObject = { metadata: { name: 'web', resourceVersion: '1' }, spec };
      const edit = (next: LeaseRecord) => {
        stored = { metadata: { name: 'web', resourceVersion: String(++version) }, spec: next };
        return stored;
      };
      return {
        edit,
        spec: () => stored.spec,
        find: async () => stored,
        create: async () => stored,
        replace: async (lease) => {
          if (lease.metadata?.resourceVersion !== stored.metadata?.resourceVersion) {
            throw new ApiError({ status: { code: 409, reason: 'Conflict' } });
          }
          return edit(lease.spec ?? {});
        },
      };
    }

    it('leads when picked, keeps the strategy, and ends its term when another is wanted', async () => {
      const store = keptLease({ ...coordinated, holderIdentity: 'other' });
      const a = await candidate('a', {}, false, store);
      await pass(20_000);
      expect(a.terms.length).toBe(0);
      store.edit({ ...coordinated, holderIdentity: 'a' });
      await pass(4500);
      expect(a.terms.length).toBe(1);
      await pass(6000);
      expect(store.spec()).toMatchObject({ ...coordinated, holderIdentity: 'a' });
      store.edit({ ...store.spec(), preferredHolder: 'b' });
      await pass(2500);
      expect(a.outcome).toMatchObject({ error: { message: expect.stringContaining('to be held by b from now on') } });
    });

    it('takes over when nobody has picked anyone for the time of two leases', async () => {
      const store = keptLease({ ...coordinated, holderIdentity: 'other', preferredHolder: 'third' });
      const a = await candidate('a', {}, false, store);
      await pass(29_000);
      expect(a.terms.length).toBe(0);
      await pass(6000);
      expect(a.terms.length).toBe(1);
      expect(store.spec()).not.toHaveProperty('strategy');
    });
  });

  it.each<[string, Partial<LeaderElectionOptions>]>([
    ['whole seconds', { leaseDurationMs: 15_500 }],
    ['must be greater than renewDeadlineMs (15000)', { renewDeadlineMs: 15_000 }],
    ['retryPeriodMs (9000) times 1.2', { retryPeriodMs: 9000 }],
    ['whole seconds', { leaseDurationMs: Number.NaN }],
    ['at least 1', { retryPeriodMs: 0 }],
    ['name and the namespace', { name: '' }],
    ['identity of a candidate must not be empty', { identity: '' }],
  ])('refuses options that cannot work: %s', (words, options) => {
    expect(() => new LeaderElector(cluster, { name: 'web', namespace: 'default', ...options })).toThrow(words);
  });

  it('calls itself by the host and chance where it is given no name', () => {
    const names = [1, 2].map(() => new LeaderElector(cluster, { name: 'web', namespace: 'default' }).identity);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^.+_[0-9a-f]{20}$/);
  });
});
