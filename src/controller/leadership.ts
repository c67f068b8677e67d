/** A time of being the leader, as its holder sees it. */
export interface Leadership {
  /** Aborts when the lease is lost, or is about to be given up: whoever acts as leader stops then. */
  readonly signal: AbortSignal;
  /**
   * Throws unless the lease is still surely held at this moment: asked before every write of a controller, so that a leader that slept
   * over the end of its lease writes nothing.
   */
  check(): void;
}

/** One candidate in an election, as a `Manager` needs it. */
export interface LeaderElection {
  /**
   * Competes until `signal` aborts or leadership was had and lost. Calls `lead` when this candidate has become the leader, and never a
   * second time before the promise it gave has settled. Gives the lease up only after that. Resolves when `signal` has aborted and
   * nothing is held any more; rejects when leadership was lost, or with what `lead` rejected with.
   */
  run(options: {
    readonly signal: AbortSignal;
    readonly lead: (leadership: Leadership) => Promise<void>;
  }): Promise<void>;
  /** Why this process should be restarted, if it should: leadership was lost, and the work has not ended. For liveness probes. */
  problem?(): string | undefined;
}
