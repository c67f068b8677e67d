import { hostname } from 'node:os';
import { checkOptions, type KeysOf } from '../../errors/check-options.js';
import { InvalidRequestError } from '../../errors/index.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { type Random, systemRandom } from '../../util/random.js';

/** client-go's factor: a waiting candidate tries every one to 2.2 retry periods. */
export const JITTER_FACTOR = 1.2;

/** The options of leader election. The defaults are those of client-go and of the control plane's own components. */
export interface LeaderElectionOptions {
  /** The name of the Lease: what all replicas of one program agree on. */
  readonly name: string;
  /** Where the Lease lives. The service account needs get, create and update on leases there. */
  readonly namespace: string;
  /**
   * The name of this candidate in the Lease. Two processes must never use one name at the same time. Default: the host's name and a
   * random part.
   */
  readonly identity?: string | undefined;
  /**
   * The time that other candidates wait after the last renewal they saw, before they take the lease. Whole seconds, in milliseconds.
   * Default 15 000.
   */
  readonly leaseDurationMs?: number | undefined;
  /**
   * The time that a leader leads, counted from the moment it sent its last successful renewal. It must be less than the duration of the
   * lease: in the rest of that time the work stops, and it covers differences in the speed of clocks. Default 10 000.
   */
  readonly renewDeadlineMs?: number | undefined;
  /** The time between two tries. Candidates wait up to 2.2 times as long, at random. Default 2000. */
  readonly retryPeriodMs?: number | undefined;
  /**
   * If true, the elector releases the lease once the work has ended, so that others need not wait until it expires. Default true: unlike
   * client-go's elector, this one waits for the promise of the work first.
   */
  readonly releaseOnCancel?: boolean | undefined;
  /** Labels for the Lease. Others that it has are left alone. */
  readonly labels?: { readonly [key: string]: string } | undefined;
  /** Hears who leads now: at first and at every change. An empty text when nobody does. */
  readonly onNewLeader?: ((identity: string) => void) | undefined;
  /** Hears of every try that failed. Default: nobody does; the elector tries again by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The options with every default filled in. */
export interface ElectionSettings {
  readonly name: string;
  readonly namespace: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** The longest a single request may take: half the renew deadline, as client-go's, so that one that hangs costs no leadership. */
  readonly requestTimeoutMs: number;
  readonly releaseOnCancel: boolean;
  readonly labels: { readonly [key: string]: string } | undefined;
  readonly onNewLeader: (identity: string) => void;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: Random;
}

const electionOptions: KeysOf<LeaderElectionOptions> = {
  name: true,
  namespace: true,
  identity: true,
  leaseDurationMs: true,
  renewDeadlineMs: true,
  retryPeriodMs: true,
  releaseOnCancel: true,
  labels: true,
  onNewLeader: true,
  onError: true,
  clock: true,
  random: true,
};

/** Throws an `InvalidRequestError` for missing names, options that do not exist, and times that cannot work by client-go's rules. */
export function resolveElectionOptions(options: LeaderElectionOptions): ElectionSettings {
  checkOptions('leader election', options, electionOptions);
  const { name, namespace, clock = systemClock, random = systemRandom } = options;
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = options;
  if (!name || !namespace) throw new InvalidRequestError('leader election needs the name and the namespace of a Lease');
  if (options.identity === '') throw new InvalidRequestError('the identity of a candidate must not be empty');
  if (!(leaseDurationMs >= 1000) || !Number.isInteger(leaseDurationMs / 1000)) {
    throw new InvalidRequestError(
      `leaseDurationMs must be whole seconds, as the Lease counts in them; it is ${leaseDurationMs}`,
    );
  }
  if (!(renewDeadlineMs < leaseDurationMs)) {
    throw new InvalidRequestError(
      `leaseDurationMs (${leaseDurationMs}) must be greater than renewDeadlineMs (${renewDeadlineMs}): a leader stops before others may start`,
    );
  }
  if (!(retryPeriodMs >= 1) || !(renewDeadlineMs > retryPeriodMs * JITTER_FACTOR)) {
    throw new InvalidRequestError(
      `renewDeadlineMs (${renewDeadlineMs}) must be greater than retryPeriodMs (${retryPeriodMs}) times ${JITTER_FACTOR}, and that at least 1`,
    );
  }
  return {
    name,
    namespace,
    identity: options.identity ?? `${hostname()}_${randomPart(random)}`,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
    requestTimeoutMs: renewDeadlineMs / 2,
    releaseOnCancel: options.releaseOnCancel ?? true,
    labels: options.labels,
    onNewLeader: contained(options.onNewLeader),
    onError: contained(options.onError),
    clock,
    random,
  };
}

/** 80 random bits: enough for no two replicas to have the same. */
function randomPart(random: Random): string {
  return Array.from({ length: 5 }, () =>
    Math.floor(random() * 0x10000)
      .toString(16)
      .padStart(4, '0'),
  ).join('');
}

/** A listener whose own faults do not touch the election. */
function contained<T>(listener: ((value: T) => void) | undefined): (value: T) => void {
  return (value) => {
    try {
      listener?.(value);
    } catch {
      // Nobody is left to tell: this was the one that hears of errors.
    }
  };
}
