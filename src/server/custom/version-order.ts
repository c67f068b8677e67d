const stages: { readonly [stage: string]: number } = { '': 2, beta: 1, alpha: 0 };

/**
 * Compares API versions in the order of discovery: stable before beta before alpha, and the higher number first within each. Other texts
 * come last, by name.
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== right) return left === undefined ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

function parse(version: string): { stage: number; major: number; minor: number } | undefined {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (match === null) return undefined;
  const [, major, stage = '', minor = 0] = match;
  return { stage: stages[stage] ?? 0, major: Number(major), minor: Number(minor) };
}
