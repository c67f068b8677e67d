/** The peer broke the rules of SPDY/3.1, or the connection has ended. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
  readonly code = 'ERR_SPDY';

  constructor(
    message: string,
    /** The status of the RST_STREAM that ended the stream, if one did. */
    readonly resetStatus?: number | undefined,
  ) {
    super(message);
  }
}
