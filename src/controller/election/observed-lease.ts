import { parseMicroTime } from '../../meta/index.js';
import type { Clock } from '../../util/clock.js';
import type { LeaseObject, LeaseRecord } from './lease.js';

/** Records that this candidate wrote and may find again, at most: those of some minutes. */
const REMEMBERED = 64;

/**
 * A candidate's observation of the lease: its content, and the time since it changed by the candidate's own clock. Times in the record
 * are never compared with a clock of this machine. The clocks of two machines agree only on the length of a second, and only nearly.
 */
export class ObservedLease {
  /** The lease as last read or written. Undefined: there was none, or it has not been looked at yet. */
  lease: LeaseObject | undefined;
  readonly #clock: Clock;
  readonly #identity: string;
  readonly #ownDurationMs: number;
  readonly #written: string[] = [];
  #state: string | undefined;
  #since = 0;
  #durationMs = 0;

  /** `ownDurationMs` counts for leases that do not say how long they last. */
  constructor(clock: Clock, identity: string, ownDurationMs: number) {
    this.#clock = clock;
    this.#identity = identity;
    this.#ownDurationMs = ownDurationMs;
  }

  /** The last holder, or an empty string. */
  get holder(): string {
    return this.lease?.spec?.holderIdentity ?? '';
  }

  /** Takes in what was read, or written with success. The waiting time begins anew when anything in the record changed. */
  observe(lease: LeaseObject | undefined): void {
    // A lease that is deleted beneath its holder says nothing to the holder until it renews: it counts as held until then.
    if (lease === undefined && this.#state === undefined) return;
    const state = lease === undefined ? 'absent' : JSON.stringify(recordState(lease.spec ?? {}));
    this.lease = lease;
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#clock.monotonic();
    if (lease === undefined) {
      // Another may have taken a released lease and lost it to a deletion, unseen: that holder's time has to run out.
      this.#durationMs = Math.max(this.#durationMs, this.#ownDurationMs);
    } else {
      const seconds = lease.spec?.leaseDurationSeconds;
      this.#durationMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : this.#ownDurationMs;
      if (!lease.spec?.holderIdentity) this.#durationMs = 0;
    }
  }

  /** The time since the lease changed, by this candidate's clock, in milliseconds. */
  get unchangedMs(): number {
    return this.#clock.monotonic() - this.#since;
  }

  /** True if this lease has expired: it has no holder, or was not renewed for the duration that the holder gave. */
  get isOver(): boolean {
    return this.unchangedMs >= this.#durationMs;
  }

  /** Remembers a record about to be sent: its answer may be lost, and the record found later. */
  wrote(record: LeaseRecord): void {
    this.#written.push(fingerprint(record));
    if (this.#written.length > REMEMBERED) this.#written.shift();
  }

  /** Reports whether this candidate wrote the record. Another process with the same name is another holder, whose lease must expire. */
  isOurs(record: LeaseRecord | undefined): boolean {
    return record?.holderIdentity === this.#identity && this.#written.includes(fingerprint(record));
  }
}

function recordState(record: LeaseRecord): unknown[] {
  return [
    record.holderIdentity,
    record.leaseDurationSeconds,
    record.acquireTime,
    record.renewTime,
    record.leaseTransitions,
    record.preferredHolder,
    record.strategy,
  ];
}

function fingerprint(record: LeaseRecord): string {
  return `${record.renewTime && parseMicroTime(record.renewTime)}/${record.leaseTransitions}`;
}
