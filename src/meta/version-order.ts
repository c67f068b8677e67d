const RANKS: { readonly [stage: string]: number } = { '': 2, beta: 1, alpha: 0 };

/**
 * Orders API versions as Kubernetes does: stable before beta before alpha, within each the higher number first; what is
 * no such version comes last, by name. (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority)
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== right) return left === undefined ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right.rank - left.rank || right.major - left.major || right.minor - left.minor;
}

/** Reports whether a version is stable: `v1`, `v2`, …, neither alpha nor beta. */
export function isStable(version: string): boolean {
  return parse(version)?.rank === RANKS[''];
}

function parse(version: string): { rank: number; major: number; minor: number } | undefined {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (match === null) return undefined;
  const [, major, stage = '', minor = 0] = match;
  return { rank: RANKS[stage] ?? 0, major: Number(major), minor: Number(minor) };
}
