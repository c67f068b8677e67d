/** One step of a JSON patch (RFC 6902), of the sorts a difference needs. */
export type JsonDiffStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Above this many comparisons, items of two lists are paired by their place instead: long lists cost no more than their length. */
const MOST_COMPARISONS = 250_000;

/** kube-apiserver refuses patches with more steps. */
const MOST_STEPS = 10_000;

/**
 * The steps of a JSON patch that make `before` into `after`: none where they are the same, small where little changed. In lists, items
 * that stay are left alone; those that changed are paired by their `name` where they have one, else by their place, and changed
 * inside. For plain JSON data; a field that is undefined counts as absent.
 */
export function jsonDiff(before: unknown, after: unknown): JsonDiffStep[] {
  const steps: JsonDiffStep[] = [];
  compare(before, after, '', steps);
  if (steps.length <= MOST_STEPS || !isMap(before) || !isMap(after)) return steps;
  // Servers take no more: whole fields, then.
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  return [...old.keys(), ...now.keys()].flatMap((key, i, keys): JsonDiffStep[] => {
    if (keys.indexOf(key) !== i || same(old.get(key), now.get(key))) return [];
    if (!now.has(key)) return [{ op: 'remove', path: at('', key) }];
    return [{ op: old.has(key) ? 'replace' : 'add', path: at('', key), value: now.get(key) }];
  });
}

function compare(before: unknown, after: unknown, path: string, steps: JsonDiffStep[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, steps);
  else if (isMap(before) && isMap(after)) compareMaps(before, after, path, steps);
  else if (!same(before, after)) steps.push({ op: 'replace', path, value: after });
}

function compareMaps(before: JsonMap, after: JsonMap, path: string, steps: JsonDiffStep[]): void {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const shared = [...now.keys()].some((key) => old.has(key));
  // Nothing in common, inside a document: one step says it shorter.
  if (!shared && old.size > 0 && now.size > 0 && path !== '') {
    steps.push({ op: 'replace', path, value: after });
    return;
  }
  for (const key of old.keys()) if (!now.has(key)) steps.push({ op: 'remove', path: at(path, key) });
  for (const [key, value] of now) {
    if (old.has(key)) compare(old.get(key), value, at(path, key), steps);
    else steps.push({ op: 'add', path: at(path, key), value });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  steps: JsonDiffStep[],
): void {
  const anchors = align(before, after, same);
  anchors.push([before.length, after.length]);
  // Where we are in the list as the steps so far have made it.
  let place = 0;
  let [i, j] = [0, 0];
  for (const [oldAnchor, newAnchor] of anchors) {
    place = compareGap(before.slice(i, oldAnchor), after.slice(j, newAnchor), place, path, steps);
    place++;
    [i, j] = [oldAnchor + 1, newAnchor + 1];
  }
}

/** A stretch without an item that stayed. Gives the place after it. */
function compareGap(
  before: readonly unknown[],
  after: readonly unknown[],
  start: number,
  path: string,
  steps: JsonDiffStep[],
): number {
  let place = start;
  const pairs = align(before, after, sameName);
  pairs.push([before.length, after.length]);
  let [i, j] = [0, 0];
  for (const [oldEnd, newEnd] of pairs) {
    for (; i < oldEnd && j < newEnd; i++, j++) compare(before[i], after[j], at(path, place++), steps);
    for (; i < oldEnd; i++) steps.push({ op: 'remove', path: at(path, place) });
    for (; j < newEnd; j++) steps.push({ op: 'add', path: at(path, place++), value: after[j] });
    if (oldEnd < before.length) compare(before[i++], after[j++], at(path, place++), steps);
  }
  return place;
}

/** The longest row of pairs that agree, in order: ends that agree first, the rest by dynamic programming. */
function align(
  before: readonly unknown[],
  after: readonly unknown[],
  agree: (a: unknown, b: unknown) => boolean,
): [number, number][] {
  const pairs: [number, number][] = [];
  let start = 0;
  while (start < before.length && start < after.length && agree(before[start], after[start])) {
    pairs.push([start, start]);
    start++;
  }
  let [oldEnd, newEnd] = [before.length, after.length];
  const tail: [number, number][] = [];
  while (oldEnd > start && newEnd > start && agree(before[oldEnd - 1], after[newEnd - 1])) {
    oldEnd--;
    newEnd--;
    tail.push([oldEnd, newEnd]);
  }
  const [rows, columns] = [oldEnd - start, newEnd - start];
  if (rows > 0 && columns > 0 && rows * columns <= MOST_COMPARISONS) {
    pairs.push(...longestCommon(before, after, start, rows, columns, agree));
  }
  return [...pairs, ...tail.reverse()];
}

function longestCommon(
  before: readonly unknown[],
  after: readonly unknown[],
  start: number,
  rows: number,
  columns: number,
  agree: (a: unknown, b: unknown) => boolean,
): [number, number][] {
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const length = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * width + j] = agree(before[start + i], after[start + j])
        ? length(i + 1, j + 1) + 1
        : Math.max(length(i + 1, j), length(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < rows && j < columns) {
    if (agree(before[start + i], after[start + j]) && length(i, j) === length(i + 1, j + 1) + 1) {
      pairs.push([start + i++, start + j++]);
    } else if (length(i + 1, j) >= length(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

type JsonMap = { readonly [key: string]: unknown };

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(map: JsonMap): Map<string, unknown> {
  return new Map(Object.entries(map).filter(([, value]) => value !== undefined));
}

/** The same JSON: order of keys aside. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const [x, y] = [fieldsOf(a), fieldsOf(b)];
  return x.size === y.size && [...x].every(([key, value]) => y.has(key) && same(value, y.get(key)));
}

function sameName(a: unknown, b: unknown): boolean {
  return isMap(a) && isMap(b) && typeof a.name === 'string' && a.name === b.name;
}

/** A JSON pointer one step further (RFC 6901). */
function at(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
