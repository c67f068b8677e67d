import type { NodeObject } from '../objects.js';
import { readyOf } from './node-health.js';

/** The rates at which nodes may be tainted for eviction. */
export interface EvictionRates {
  /** Nodes a second in a healthy zone. */
  readonly primary: number;
  /** Nodes a second in a large zone of which too many nodes are not ready. */
  readonly secondary: number;
  /** Zones with at most so many nodes are small: nothing is evicted there while too many nodes are not ready. */
  readonly largeCluster: number;
  /** The share of nodes not ready from which on a zone is unhealthy. */
  readonly unhealthyShare: number;
}

type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** Returns the zone of a node. */
export function zoneOf({ metadata: { labels = {} } }: NodeObject): string {
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

/**
 * Limits how fast nodes lose their pods. If many nodes fall silent at once, the network of this controller is the likelier cause:
 * then it evicts more slowly, or not at all.
 */
export class ZoneLimits {
  readonly #rates: EvictionRates;
  readonly #zones = new Map<string, { rate: number; tokens: number; at: number }>();
  /** True while no zone has a ready node. */
  isFullyDisrupted = false;

  constructor(rates: EvictionRates) {
    this.#rates = rates;
  }

  /** Takes in the state of all nodes. Returns true if the cluster has just recovered from a full disruption. */
  update(nodes: readonly NodeObject[], now: number): boolean {
    const counts = new Map<string, { ready: number; notReady: number }>();
    for (const node of nodes) {
      const zone = counts.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
      if (readyOf(node)?.status === 'True') zone.ready++;
      else zone.notReady++;
      counts.set(zoneOf(node), zone);
    }
    const states = new Map([...counts].map(([zone, count]) => [zone, this.#stateOf(count)]));
    const wasDisrupted = this.isFullyDisrupted;
    this.isFullyDisrupted = states.size > 0 && [...states.values()].every((state) => state === 'FullDisruption');
    for (const [zone, state] of states) {
      const { ready, notReady } = counts.get(zone) ?? { ready: 0, notReady: 0 };
      const rate = this.isFullyDisrupted ? 0 : this.#rateOf(state, ready + notReady);
      const limit = this.#zones.get(zone);
      if (limit === undefined) this.#zones.set(zone, { rate, tokens: 1, at: now });
      else if (limit.rate !== rate) {
        this.#refill(limit, now);
        limit.rate = rate;
      }
    }
    return wasDisrupted && !this.isFullyDisrupted;
  }

  /** Takes the right to evict one node of a zone. Returns false if it is too early. */
  take(zone: string, now: number): boolean {
    const limit = this.#zones.get(zone);
    if (limit === undefined || limit.rate === 0) return false;
    this.#refill(limit, now);
    // Tenths do not add up exactly.
    if (limit.tokens < 1 - 1e-9) return false;
    limit.tokens--;
    return true;
  }

  #refill(limit: { rate: number; tokens: number; at: number }, now: number): void {
    limit.tokens = Math.min(1, limit.tokens + ((now - limit.at) / 1000) * limit.rate);
    limit.at = now;
  }

  #stateOf({ ready, notReady }: { ready: number; notReady: number }): ZoneState {
    if (ready === 0 && notReady > 0) return 'FullDisruption';
    const isPartial = notReady > 2 && notReady / (ready + notReady) >= this.#rates.unhealthyShare;
    return isPartial ? 'PartialDisruption' : 'Normal';
  }

  #rateOf(state: ZoneState, size: number): number {
    if (state !== 'PartialDisruption') return this.#rates.primary;
    return size > this.#rates.largeCluster ? this.#rates.secondary : 0;
  }
}
