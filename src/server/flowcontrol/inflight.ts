import { masters } from '../authz/authorizer.js';
import type { Attributes } from '../object/authorization.js';
import type { Admission, RequestLimits } from '../object/request-limits.js';

/** Limits on requests under way, kube-apiserver's `--max-requests-inflight` and `--max-mutating-requests-inflight`. */
export interface InflightLimits {
  /** Default: 400. 0 for no limit. */
  readonly maxRequestsInflight?: number | undefined;
  /** Default: 200. 0 for no limit. */
  readonly maxMutatingRequestsInflight?: number | undefined;
}

/** Returns the limits as numbers of requests. */
export function inflightLimits({ maxRequestsInflight = 400, maxMutatingRequestsInflight = 200 }: InflightLimits): {
  readonly reading: number;
  readonly mutating: number;
} {
  return { reading: orUnlimited(maxRequestsInflight), mutating: orUnlimited(maxMutatingRequestsInflight) };
}

const reading = new Set(['get', 'list', 'watch', 'head', 'options']);

/** Counts requests under way, where priority and fairness is off. Requests of `system:masters` and watches are not counted. */
export class Inflight implements RequestLimits {
  readonly #limits: ReturnType<typeof inflightLimits>;
  #reading = 0;
  #mutating = 0;

  constructor(limits: InflightLimits = {}) {
    this.#limits = inflightLimits(limits);
  }

  async begin({ user, verb }: Attributes): Promise<Admission> {
    if (verb === 'watch' || user.groups.includes(masters)) return { admitted: true, headers: {}, end: () => {} };
    const mutates = !reading.has(verb);
    if (mutates ? this.#mutating >= this.#limits.mutating : this.#reading >= this.#limits.reading)
      return { admitted: false, headers: {} };
    if (mutates) this.#mutating++;
    else this.#reading++;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      if (mutates) this.#mutating--;
      else this.#reading--;
    };
    return { admitted: true, headers: {}, end };
  }
}

function orUnlimited(limit: number): number {
  return limit <= 0 ? Number.POSITIVE_INFINITY : limit;
}
