import type { Taint } from '../../../generated/core/v1.js';
import type { DeepReadonly } from '../../meta/index.js';
import type { NodeObject } from '../objects.js';

export const notReadyKey = 'node.kubernetes.io/not-ready';
export const unreachableKey = 'node.kubernetes.io/unreachable';

/** The keys of taints that stand for a condition with a status. */
const conditionKeys: { readonly [type: string]: { readonly [status: string]: string } | undefined } = {
  Ready: { False: notReadyKey, Unknown: unreachableKey },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};
const unschedulableKey = 'node.kubernetes.io/unschedulable';
const ownKeys = new Set([
  ...Object.values(conditionKeys).flatMap((keys) => Object.values(keys ?? {})),
  unschedulableKey,
]);

/**
 * Returns the taints that a node is to have: those that others set, one that keeps pods away for each bad condition, and the one
 * with the effect NoExecute that evicts pods. `evicts` is the key of that one; undefined: none.
 */
export function taintsFor(node: NodeObject, evicts: string | undefined, now: string): DeepReadonly<Taint>[] {
  const present = node.spec?.taints ?? [];
  const keep = present.filter(
    ({ key, effect }) =>
      !(effect === 'NoSchedule' && ownKeys.has(key)) &&
      !(effect === 'NoExecute' && (key === notReadyKey || key === unreachableKey)),
  );
  const wanted = (node.status?.conditions ?? []).flatMap(({ type, status }) => conditionKeys[type]?.[status] ?? []);
  if (node.spec?.unschedulable === true) wanted.push(unschedulableKey);
  const like = (key: string, effect: Taint['effect']): DeepReadonly<Taint> =>
    present.find((taint) => taint.key === key && taint.effect === effect) ?? { key, effect, timeAdded: now };
  const execute = evicts === undefined ? [] : [like(evicts, 'NoExecute')];
  return [...keep, ...wanted.map((key) => like(key, 'NoSchedule')), ...execute];
}

/** Tells whether two lists hold the same taints, in any order. */
export function sameTaints(a: readonly DeepReadonly<Taint>[], b: readonly DeepReadonly<Taint>[]): boolean {
  const idOf = ({ key, value = '', effect }: DeepReadonly<Taint>) => `${key}=${value}:${effect}`;
  const ids = new Set(a.map(idOf));
  return a.length === b.length && b.every((taint) => ids.has(idOf(taint)));
}

/** Returns the key of the taint with which a node evicts pods at present. */
export function evictingKey({ spec }: NodeObject): string | undefined {
  return spec?.taints?.find(
    ({ key, effect }) => effect === 'NoExecute' && (key === notReadyKey || key === unreachableKey),
  )?.key;
}
