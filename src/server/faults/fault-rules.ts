import type { Random } from '../../util/random.js';
import type { WatchRules } from './faulty-watch.js';
import type { FaultFrequency, RequestFault } from './request-fault.js';
import { matches, type RequestMatch, type RequestSummary } from './request-summary.js';
import type { WatchEventType } from './watch-frames.js';

/** A fault that waits for its requests. */
export interface FaultRule {
  /** The number of times that the fault was applied. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** The effect of a rule: on a request, or on the events of watches. */
type Effect =
  | { readonly fault: RequestFault }
  | { readonly stall: true }
  /** Events that are lost: those of one type, or (undefined) all. */
  | { readonly drop: WatchEventType | undefined };

interface Rule extends FaultRule {
  hits: number;
  left: number;
  readonly probability: number;
  readonly match: RequestMatch;
  readonly effect: Effect;
}

/** The faults that are waiting, in the order in which they were added. */
export class FaultRules implements WatchRules {
  readonly #rules = new Set<Rule>();
  readonly #waiting = new Set<() => void>();

  constructor(private readonly random: Random) {}

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  add(match: RequestMatch, effect: Effect, { times = 1, probability = 1 }: FaultFrequency = {}): FaultRule {
    const rule: Rule = {
      match,
      effect,
      probability,
      left: times,
      hits: 0,
      remove: () => {
        this.#rules.delete(rule);
        for (const wake of [...this.#waiting]) wake();
      },
    };
    this.#rules.add(rule);
    return rule;
  }

  clear(): void {
    for (const rule of [...this.#rules]) rule.remove();
  }

  /** The fault a request meets, if any; it has struck then. */
  faultFor(request: RequestSummary): RequestFault | undefined {
    for (const rule of this.#rules) {
      if ('fault' in rule.effect && matches(rule.match, request) && this.#strikes(rule)) return rule.effect.fault;
    }
    return undefined;
  }

  isStalled(request: RequestSummary): boolean {
    return [...this.#rules].some(({ effect, match }) => 'stall' in effect && matches(match, request));
  }

  isDropped(request: RequestSummary, type: WatchEventType): boolean {
    for (const rule of this.#rules) {
      if (!('drop' in rule.effect)) continue;
      const meant = rule.effect.drop === undefined || rule.effect.drop === type;
      if (meant && matches(rule.match, request) && this.#strikes(rule)) return true;
    }
    return false;
  }

  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #strikes(rule: Rule): boolean {
    if (rule.left <= 0 || (rule.probability < 1 && this.random() >= rule.probability)) return false;
    rule.hits++;
    rule.left--;
    return true;
  }
}
