/** The time limits of each part of an exchange, in milliseconds. */
export interface Deadlines {
  /** TCP, and the proxy's part where there is one. Default 10 000: it takes one to three round trips; what has not answered by then drops packets. */
  readonly connectMs: number;
  /** The TLS handshake. Default 10 000, as Go's: two round trips and a signature. */
  readonly tlsMs: number;
  /** From the request's last byte to the answer's headers. Default 65 000: the server itself gives up after 60 s (`--request-timeout`). */
  readonly headersMs: number;
  /** A whole unary call, its body included. Default 120 000: a minute to begin, a minute to arrive. */
  readonly unaryMs: number;
  /**
   * Between two chunks of a stream. Default 3 630 000: a server ends every watch within an hour (`--min-request-timeout` doubled), plus
   * half a minute of slack. Those who know more of their stream (a watch with a timeout, with bookmarks) set less per request; more than this is
   * never waited for.
   */
  readonly idleMs: number;
}

/** The deadlines with the defaults filled in. */
export function resolveDeadlines(
  options: { readonly [K in keyof Deadlines]?: Deadlines[K] | undefined } = {},
): Deadlines {
  return {
    connectMs: options.connectMs ?? 10_000,
    tlsMs: options.tlsMs ?? 10_000,
    headersMs: options.headersMs ?? 65_000,
    unaryMs: options.unaryMs ?? 120_000,
    idleMs: options.idleMs ?? 3_630_000,
  };
}
