/** Calls `fn` in the next turn of the event loop, after everything that is due in this one, immediates already set included. */
export function nextTurn(fn: () => void): void {
  queueMicrotask(() => setImmediate(fn));
}
