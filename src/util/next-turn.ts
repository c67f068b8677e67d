/** Calls `fn` in the next turn of the event loop, after everything that is due in this one, immediates already set included. */
export function nextTurn(fn: () => void): void {
  queueMicrotask(() => setImmediate(fn));
}

/** Resolves in the next turn of the event loop, as `nextTurn` calls: what computes for long lets others have theirs in between. */
export function turn(): Promise<void> {
  return new Promise(nextTurn);
}
