type ConnectErrorCode =
  | 'ERR_CONNECT_TIMEOUT'
  | 'ERR_CONNECT_CLOSED'
  | 'ERR_CONNECT_UNNEEDED'
  | 'ERR_PROXY_REFUSED'
  | 'ERR_PROXY_PROTOCOL';

/** A connection that could not be made, for a reason that needs words of our own. The message is meant for people. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';

  constructor(
    message: string,
    /** Our own word, or the system's for what kept a proxy from being reached. */
    readonly code: ConnectErrorCode | (string & {}),
    /** The exceeded time limit, or 0. */
    readonly timeoutMs = 0,
  ) {
    super(message);
  }
}
