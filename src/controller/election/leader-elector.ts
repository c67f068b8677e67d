import { InvalidRequestError, isConflict, TimeoutError } from '../../errors/index.js';
import { formatMicroTime } from '../../meta/index.js';
import { Cluster } from '../../sdk/index.js';
import { abortable, deadlineSignal, onAbort } from '../../util/abort.js';
import type { LeaderElection } from '../leadership.js';
import {
  type ElectionSettings,
  JITTER_FACTOR,
  type LeaderElectionOptions,
  resolveElectionOptions,
} from './election-options.js';
import type { LeaseObject, LeaseRecord } from './lease.js';
import { type LeaseStore, leaseIn } from './lease-store.js';
import { ObservedLease } from './observed-lease.js';
import { LeadershipLostError, type LeaderTerm, type Moment, momentOf, mostElapsed, Term } from './term.js';

/** The options of `LeaderElector.run`. */
export interface LeadOptions {
  /** The work: runs while one leads, and its promise is awaited. */
  readonly lead: (term: LeaderTerm) => Promise<void>;
  /** Asks the work to end, and to lead no more. Default: the work ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

/** A lease that has been won: by a request sent at `sent`, for this term. */
interface Win {
  readonly sent: Moment;
  readonly token: number;
}

/** The counters of an elector, under client-go's names. */
export interface ElectionMetrics {
  /** 1 while it leads. */
  leader_election_master_status: number;
  /** Renewals that needed a read first, because the lease was not as it was left or no answer came. */
  leader_election_slowpath_total: number;
}

/**
 * Sees to it that of all processes with the same Lease at most one does the work. The rules and times are client-go's
 * (`tools/leaderelection`); where those leave a gap in which two may lead, these are stricter:
 *
 * - A leader's time counts from when the renewal was sent, not from when its answer came, and ends at the renew deadline whether
 *   or not a try is under way.
 * - Its work is given a signal, and its promise is awaited: the lease is not given back, and `run` not over, before it has settled.
 * - It goes on renewing while the work ends, and stops at once when another holds the lease.
 * - A record with its own name that it did not write is another's; a lease deleted beneath its holder has to run out first.
 */
export class LeaderElector implements LeaderElection {
  readonly #settings: ElectionSettings;
  readonly #store: LeaseStore;
  readonly #observed: ObservedLease;
  readonly #metrics: ElectionMetrics = { leader_election_master_status: 0, leader_election_slowpath_total: 0 };
  #term: Term | undefined;
  #running = false;
  #reported: string | undefined;
  #overSince: Moment | undefined;
  /** A write was sent, and nothing has been heard of the lease since. */
  #unsure = false;

  /** Throws an `InvalidRequestError` for times that cannot work. `where` is the cluster with the Lease. */
  constructor(where: Cluster | LeaseStore, options: LeaderElectionOptions) {
    this.#settings = resolveElectionOptions(options);
    const { clock, identity, leaseDurationMs, name, namespace } = this.#settings;
    this.#store = where instanceof Cluster ? leaseIn(where, namespace, name) : where;
    this.#observed = new ObservedLease(clock, identity, leaseDurationMs);
  }

  /** The name of this candidate. */
  get identity(): string {
    return this.#settings.identity;
  }

  /** The leader when this candidate last read the lease, or an empty string. It is for people to read: to act on it, use `isLeader`. */
  get leader(): string {
    return this.#observed.holder;
  }

  /** The counters, for a metrics page. */
  get metrics(): Readonly<ElectionMetrics> {
    return this.#metrics;
  }

  /** Reports whether this process leads now. */
  isLeader(): boolean {
    return this.#term?.isLeader() === true;
  }

  /** Throws a `LeadershipLostError` unless this process leads at this very moment. See `LeaderTerm.check`. */
  check(): void {
    if (this.#term !== undefined) this.#term.check();
    else throw new LeadershipLostError(`${this.identity} does not lead: ${this.#describe()} is not held by it`);
  }

  /**
   * Why this process should be restarted, if it should: its work has not ended although leadership was lost more than the lease's
   * duration and `toleranceMs` ago. For a liveness probe; as client-go's health check.
   */
  problem(toleranceMs = 20_000): string | undefined {
    const { clock, leaseDurationMs, renewDeadlineMs } = this.#settings;
    this.isLeader();
    const since = this.#overSince;
    if (since === undefined || mostElapsed(clock, since) <= leaseDurationMs - renewDeadlineMs + toleranceMs)
      return undefined;
    return `leadership by ${this.#describe()} was lost, and the work has not ended`;
  }

  /**
   * Waits until this process may lead, leads while `lead` runs, and ends with it. When `signal` aborts, the work is asked to end and
   * the promise resolves once it has. Rejects with what the work threw, or with a `LeadershipLostError` when leadership was lost, in
   * either case once the work has settled. May be called again afterwards, not meanwhile.
   */
  async run({ lead, signal }: LeadOptions): Promise<void> {
    if (this.#running) throw new InvalidRequestError('this elector is running already');
    this.#running = true;
    try {
      const win = await this.#acquire(signal);
      if (win !== undefined) await this.#lead(win, lead, signal);
    } finally {
      this.#running = false;
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Win | undefined> {
    const { clock, random, retryPeriodMs, renewDeadlineMs, onError } = this.#settings;
    const stopped = () => signal?.aborted === true;
    while (!stopped()) {
      try {
        const win = await this.#tryAcquire(signal);
        if (win !== undefined && stopped()) {
          await this.#release();
          break;
        }
        // An answer that took so long that the term is over already: the next try finds the lease ours, and extends it.
        if (win !== undefined && mostElapsed(clock, win.sent) < renewDeadlineMs) return win;
      } catch (error) {
        if (stopped()) break;
        onError(error);
      } finally {
        this.#report();
      }
      await clock.sleep(retryPeriodMs * (1 + JITTER_FACTOR * random()), { signal }).catch(() => undefined);
    }
    // Stopped with a write under way: if it was done, others would wait for somebody who has gone.
    if (this.#unsure) await this.#release();
    return undefined;
  }

  /** One try to get the lease. Undefined: another has it. */
  async #tryAcquire(signal: AbortSignal | undefined): Promise<Win | undefined> {
    const found = await this.#find(signal);
    const record = found?.spec;
    const ours = this.#observed.isOurs(record) && !this.#isToBeHanded(record);
    const assigned = !ours && this.#isAssigned(record);
    if (!ours && !assigned && !this.#isFree(record)) return undefined;
    const transitions = found === undefined ? 0 : (record?.leaseTransitions ?? 0) + (ours ? 0 : 1);
    const next = this.#record(transitions, ours ? record : undefined, assigned ? record?.strategy : undefined);
    return this.#write(found, next, signal);
  }

  /** Reports whether a coordinator recently chose this candidate as holder (KEP-4355). */
  #isAssigned(record: LeaseRecord | undefined): boolean {
    if (!record?.strategy || record.holderIdentity !== this.identity) return false;
    return !this.#isToBeHanded(record) && !this.#observed.isOver;
  }

  /** Reports whether a coordinator wants another holder. */
  #isToBeHanded(record: LeaseRecord | undefined): boolean {
    return !!record?.preferredHolder && record.preferredHolder !== this.identity;
  }

  /** Reports whether this candidate may take a lease that it does not hold. */
  #isFree(record: LeaseRecord | undefined): boolean {
    if (!this.#observed.isOver) return false;
    // Where a coordinator picks the holder, it gets the time of two leases to do so; after that nobody seems to be at that post.
    return !record?.strategy || this.#observed.unchangedMs >= 2 * this.#settings.leaseDurationMs;
  }

  async #lead(win: Win, work: LeadOptions['lead'], signal: AbortSignal | undefined): Promise<void> {
    const { clock, renewDeadlineMs, releaseOnCancel, identity } = this.#settings;
    const ended = new AbortController();
    const term = new Term({
      identity,
      token: win.token,
      sent: win.sent,
      lengthMs: renewDeadlineMs,
      clock,
      onLost: () => {
        this.#metrics.leader_election_master_status = 0;
        this.#overSince = momentOf(clock);
        ended.abort();
      },
    });
    this.#term = term;
    this.#metrics.leader_election_master_status = 1;
    const unlisten = onAbort(signal, (reason) => term.stop(reason));
    const renewing = this.#keepRenewing(term, ended.signal);
    let failure: { readonly error: unknown } | undefined;
    try {
      await work(term);
    } catch (error) {
      failure = { error };
    }
    unlisten();
    ended.abort();
    await renewing;
    term.end();
    this.#term = undefined;
    this.#overSince = undefined;
    this.#metrics.leader_election_master_status = 0;
    if (releaseOnCancel) await this.#release();
    const asTold = failure === undefined || failure.error === term.signal.reason || failure.error === term.lost;
    if (term.lost !== undefined) {
      if (!asTold) this.#settings.onError(failure?.error);
      throw term.lost;
    }
    if (!asTold) throw failure?.error;
  }

  /** Renews until `ended` aborts: the work is over, or the term lost. Never rejects. */
  async #keepRenewing(term: Term, ended: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, onError } = this.#settings;
    for (;;) {
      await clock.sleep(retryPeriodMs, { signal: ended }).catch(() => undefined);
      if (ended.aborted || !term.isLeader()) return;
      try {
        const win = await this.#renew(term, ended);
        if (win !== undefined) term.extend(win.sent);
      } catch (error) {
        if (!ended.aborted) onError(error);
      }
      this.#report();
    }
  }

  /** One try to keep the lease: on the assumption that it is as it was left, else by looking first. */
  async #renew(term: Term, signal: AbortSignal): Promise<Win | undefined> {
    const { lease } = this.#observed;
    if (lease !== undefined && this.#observed.isOurs(lease.spec)) {
      try {
        return await this.#write(lease, this.#record(term.token, lease.spec), signal);
      } catch (error) {
        if (signal.aborted) throw error;
        // A conflict says only that the lease is not as it was left: the next read tells why.
        if (!isConflict(error)) this.#settings.onError(error);
      }
    }
    this.#metrics.leader_election_slowpath_total++;
    const found = await this.#find(signal);
    const record = found?.spec;
    if (record !== undefined && !this.#observed.isOurs(record)) {
      const holder = record.holderIdentity;
      term.lose(
        new LeadershipLostError(`${this.#describe()} is held by ${holder || 'nobody'}, no longer by ${this.identity}`),
      );
      return undefined;
    }
    if (this.#isToBeHanded(record)) {
      term.lose(new LeadershipLostError(`${this.#describe()} is to be held by ${record?.preferredHolder} from now on`));
      return undefined;
    }
    return this.#write(found, this.#record(term.token, record), signal);
  }

  /** Gives the lease back, if it is still ours. The work has ended. */
  async #release(): Promise<void> {
    const { clock, renewDeadlineMs, onError } = this.#settings;
    const deadline = deadlineSignal(clock, renewDeadlineMs, () => this.#timeout('release', renewDeadlineMs));
    try {
      for (;;) {
        // Read first: a renewal may have arrived whose answer did not.
        const found = await this.#find(deadline.signal);
        if (found === undefined || !this.#observed.isOurs(found.spec)) return;
        const now = this.#now();
        const record: LeaseRecord = {
          ...strategyOf(found.spec?.strategy),
          holderIdentity: '',
          // As client-go does; the field may not be 0.
          leaseDurationSeconds: 1,
          acquireTime: now,
          renewTime: now,
          leaseTransitions: found.spec?.leaseTransitions ?? 0,
        };
        try {
          await this.#write(found, record, deadline.signal);
          return;
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
    } catch (error) {
      onError(error);
    } finally {
      deadline.dispose();
      this.#report();
    }
  }

  async #find(signal: AbortSignal | undefined): Promise<LeaseObject | undefined> {
    const found = await this.#within('get', signal, (own) => this.#store.find(own));
    this.#observed.observe(found);
    this.#unsure = false;
    return found;
  }

  /** Creates or replaces. What comes back is what one holds now. */
  async #write(found: LeaseObject | undefined, record: LeaseRecord, signal: AbortSignal | undefined): Promise<Win> {
    const { name, namespace, labels, clock } = this.#settings;
    this.#observed.wrote(record);
    this.#unsure = true;
    const sent = momentOf(clock);
    const written = await this.#within(found === undefined ? 'create' : 'update', signal, (own) =>
      found === undefined
        ? this.#store.create(
            { metadata: { name, namespace, ...(labels && { labels: { ...labels } }) }, spec: record },
            own,
          )
        : this.#store.replace(
            {
              ...found,
              metadata: { ...found.metadata, ...(labels && { labels: { ...found.metadata?.labels, ...labels } }) },
              spec: record,
            },
            own,
          ),
    );
    this.#observed.observe(written);
    this.#unsure = false;
    return { sent, token: record.leaseTransitions ?? 0 };
  }

  /** The record of a holder: of a new term, or of the one that `before` is of. A coordinator's strategy stays while it is at its post. */
  #record(transitions: number, before?: LeaseRecord, strategy = before?.strategy): LeaseRecord {
    const now = this.#now();
    return {
      ...strategyOf(strategy),
      holderIdentity: this.identity,
      leaseDurationSeconds: this.#settings.leaseDurationMs / 1000,
      acquireTime: before?.acquireTime ?? now,
      renewTime: now,
      leaseTransitions: transitions,
    };
  }

  /** The machine's clock counts milliseconds. The digits after them are drawn, so that a record is known again by its writer. */
  #now(): string {
    const { clock, random } = this.#settings;
    return formatMicroTime(BigInt(Math.floor(clock.now())) * 1000n + BigInt(Math.floor(random() * 1000)));
  }

  /** A request that ends in time even if the store behind it never answers. */
  async #within<T>(
    verb: string,
    signal: AbortSignal | undefined,
    send: (options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<T>,
  ): Promise<T> {
    const { clock, requestTimeoutMs: timeoutMs } = this.#settings;
    const deadline = deadlineSignal(clock, timeoutMs, () => this.#timeout(verb, timeoutMs), signal);
    try {
      return await abortable(send({ signal: deadline.signal, timeoutMs }), deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  #timeout(verb: string, timeoutMs: number): TimeoutError {
    const { namespace, name } = this.#settings;
    return new TimeoutError(`no answer within ${timeoutMs} ms`, {
      deadline: 'body',
      timeoutMs,
      request: { verb, kind: 'Lease', namespace, name },
    });
  }

  #report(): void {
    const { holder } = this.#observed;
    if (holder === (this.#reported ?? '')) return;
    this.#reported = holder;
    this.#settings.onNewLeader(holder);
  }

  #describe(): string {
    return `lease ${this.#settings.namespace}/${this.#settings.name}`;
  }
}

function strategyOf(strategy: string | undefined): LeaseRecord {
  return strategy === undefined ? {} : { strategy };
}
