/** A connection that could not be made, for a reason that is no system error. The message is meant for people. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';

  constructor(
    message: string,
    readonly code:
      | 'ERR_CONNECT_TIMEOUT'
      | 'ERR_CONNECT_CLOSED'
      | 'ERR_CONNECT_UNNEEDED'
      | 'ERR_PROXY_REFUSED'
      | 'ERR_PROXY_PROTOCOL',
    /** How long was waited, where it was too long. */
    readonly timeoutMs = 0,
  ) {
    super(message);
  }
}
