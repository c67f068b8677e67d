/**
 * Reports whether two values mean the same to the API. A field that is absent, null or an empty list is the same (as in Kubernetes'
 * `equality.Semantic`). The order of map keys does not matter, the order of lists does. An empty map differs from an absent one:
 * `emptyDir: {}` has a meaning. Quantities and times are compared as text. Use it for plain JSON data without cycles, of any depth.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (x === y || (isEmpty(x) && isEmpty(y)) || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false;
    if (Array.isArray(x) || Array.isArray(y)) {
      if (!Array.isArray(x) || !Array.isArray(y) || x.length !== y.length) return false;
      for (let i = 0; i < x.length; i++) pairs.push([x[i], y[i]]);
      continue;
    }
    const [left, right] = [new Map<string, unknown>(Object.entries(x)), new Map<string, unknown>(Object.entries(y))];
    for (const [key, value] of left) pairs.push([value, right.get(key)]);
    for (const [key, value] of right) if (!left.has(key)) pairs.push([undefined, value]);
  }
  return true;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
