import type { GatewayFault } from './protocol.js';

/** The gateway refused something, or the connection to it was lost. */
export class GatewayError extends Error {
  /** Always `GatewayError`. */
  override readonly name = 'GatewayError';
  /** A word for programs that never changes. */
  readonly code = 'ERR_KUBE_GATEWAY';
  /** An HTTP status such as 403, 404 or 409; 0 if the connection was lost. */
  readonly status: number;
  /** A word for programs: `Forbidden`, `NotFound`, `Conflict`, `ConnectionLost`, … */
  readonly reason: string;
  /** After a conflict: the fields that two people changed. Otherwise empty. */
  readonly fields: readonly string[];

  constructor(fault: GatewayFault) {
    super(fault.message);
    this.status = fault.status;
    this.reason = fault.reason;
    this.fields = fault.fields ?? [];
  }
}

/** Returns the error of something that was under way when the connection was lost. */
export function connectionLost(what: string): GatewayError {
  const message = `${what}: the connection to the gateway was lost, or is not there. Ask again once it is.`;
  return new GatewayError({ status: 0, reason: 'ConnectionLost', message });
}
