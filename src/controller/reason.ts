/** Why a reconcile runs. */
export type Reason = ChangeReason | RequeueReason | RetryReason | RequestReason;

/** Something that is watched changed. */
export interface ChangeReason {
  readonly type: 'change';
  /** The relation of the changed object to the reconciled one: the same object, an owned one, or one that was mapped to it. */
  readonly relation: 'for' | 'owns' | 'watches';
  /** The kind of the object that changed, such as `Deployment`. */
  readonly kind: string;
  /** The key of the object that changed. */
  readonly key: string;
  readonly change: 'added' | 'updated' | 'deleted';
  /** True if the change belongs to the state that existed when the controller started. */
  readonly initial: boolean;
}

/** The reconcile before this one asked for it by `requeueAfterMs`. */
export interface RequeueReason {
  readonly type: 'requeue';
}

/** The reconcile before this one failed. */
export interface RetryReason {
  readonly type: 'retry';
  /** The number of consecutive failures. */
  readonly failures: number;
  /** The error of the last failure. */
  readonly error: unknown;
}

/** Somebody asked for it by `enqueue`. */
export interface RequestReason {
  readonly type: 'request';
  /** In the words of whoever asked. */
  readonly why: string;
}

/** A reason in a few words, for logs: `Deployment shop/web updated`. */
export function formatReason(reason: Reason): string {
  switch (reason.type) {
    case 'change':
      return `${reason.kind} ${reason.key} ${reason.initial ? 'was there at the beginning' : reason.change}`;
    case 'requeue':
      return 'the last reconcile asked for it';
    case 'retry':
      return `failed ${reason.failures === 1 ? 'once' : `${reason.failures} times`}`;
    case 'request':
      return reason.why;
  }
}

/** So many reasons are told apart; a busy object is not to fill the memory. */
const MOST_REASONS = 16;

/** The reasons for which keys wait. */
export class Reasons {
  readonly #byKey = new Map<string, Reason[]>();

  /** One more reason; beyond the sixteenth they are not remembered. */
  add(key: string, reason: Reason): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, [reason]);
    else if (known.length < MOST_REASONS) known.push(reason);
  }

  /** The reasons so far, which are forgotten. */
  take(key: string): readonly Reason[] {
    const reasons = this.#byKey.get(key) ?? [];
    this.#byKey.delete(key);
    return reasons;
  }
}
