/** One call of a client, and its answer. Times come from one counter. */
export interface Call<I, O> {
  readonly input: I;
  /** Undefined if the client never learned whether the call took effect. */
  readonly output: O | undefined;
  readonly start: number;
  /** Infinite without an output: the call may take effect at any later time. */
  readonly end: number;
}

/** The object that the calls are about, as one that makes one step at a time. */
export interface Model<S, I, O> {
  readonly initial: S;
  /** Returns the state after a call with this output, undefined if the output is impossible. Without an output, every one is possible. */
  step(state: S, input: I, output: O | undefined): S | undefined;
  /** Returns the same text for states that cannot be told apart. */
  textOf(state: S): string;
}

/**
 * Reports whether there is an order of the calls that agrees with their times and that the model allows: the search of Wing and Gong, with
 * Lowe's memory of the sets of calls and states that led nowhere. Calls without an output may be left out.
 */
export function isLinearizable<S, I, O>(calls: readonly Call<I, O>[], model: Model<S, I, O>): boolean {
  const sorted = [...calls].sort((one, other) => one.start - other.start);
  const all = sorted.reduce((set, { output }, index) => (output === undefined ? set : set | (1n << BigInt(index))), 0n);
  const seen = new Set<string>();
  const stack: { readonly done: bigint; readonly state: S }[] = [{ done: 0n, state: model.initial }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { done, state } = next;
    if ((done & all) === all) return true;
    // A call can only be next if no other open call ended before it started.
    let firstEnd = Number.POSITIVE_INFINITY;
    for (const [index, { end }] of sorted.entries())
      if (((done >> BigInt(index)) & 1n) === 0n) firstEnd = Math.min(firstEnd, end);
    for (const [index, { input, output, start }] of sorted.entries()) {
      if (start > firstEnd) break;
      const bit = 1n << BigInt(index);
      if ((done & bit) !== 0n) continue;
      const after = model.step(state, input, output);
      if (after === undefined) continue;
      const text = `${(done | bit).toString(36)} ${model.textOf(after)}`;
      if (seen.has(text)) continue;
      seen.add(text);
      stack.push({ done: done | bit, state: after });
    }
  }
  return false;
}
