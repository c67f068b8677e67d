/** Limits on requests under way, kube-apiserver's `--max-requests-inflight` and `--max-mutating-requests-inflight`. */
export interface InflightLimits {
  /** Default: 400. 0 for no limit. */
  readonly maxRequestsInflight?: number | undefined;
  /** Default: 200. 0 for no limit. */
  readonly maxMutatingRequestsInflight?: number | undefined;
}

/** Counts requests under way. Long-running requests and those of `system:masters` are not counted, as in kube-apiserver. */
export class Inflight {
  readonly #limits: { readonly reading: number; readonly mutating: number };
  #reading = 0;
  #mutating = 0;

  constructor({ maxRequestsInflight = 400, maxMutatingRequestsInflight = 200 }: InflightLimits = {}) {
    this.#limits = { reading: orUnlimited(maxRequestsInflight), mutating: orUnlimited(maxMutatingRequestsInflight) };
  }

  /** Counts a request. Returns a function that ends it, or undefined when there are too many. */
  begin(method: string): (() => void) | undefined {
    const mutates = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
    if (mutates ? this.#mutating >= this.#limits.mutating : this.#reading >= this.#limits.reading) return undefined;
    if (mutates) this.#mutating++;
    else this.#reading++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      if (mutates) this.#mutating--;
      else this.#reading--;
    };
  }
}

function orUnlimited(limit: number): number {
  return limit <= 0 ? Number.POSITIVE_INFINITY : limit;
}
