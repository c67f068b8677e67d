/**
 * An error that trying again does not help: thrown from a reconcile, it is reported and counted, but the object is not reconciled again
 * before something changes. (controller-runtime's `reconcile.TerminalError`.)
 */
export class TerminalError extends Error {
  /** Always `TerminalError`. */
  override readonly name = 'TerminalError';
}
