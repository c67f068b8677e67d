type Interval = readonly [first: number, last: number];

/** Reads an interval of indexes such as `3` or `0-2`, or returns why it is not one. */
function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
    numbers.push(Number(limit));
  }
  const [first = 0, last = first] = numbers;
  return numbers.length === 2 && first >= last
    ? `non-increasing order, previous: ${first}, current: ${last}`
    : [first, last];
}

/** Counts the indexes that a text such as `0-2,5` names, or returns why it does not name any. */
export function countIndexes(text: string, completions: number): number | string {
  let [previous, total] = [-1, 0];
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    const [first, last] = interval;
    if (previous >= first) return `non-increasing order, previous: ${previous}, current: ${first}`;
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** Returns why a text does not name indexes below `completions` in rising order; undefined if it does. */
export function indexesFault(text: string, completions: number): string | undefined {
  const count = countIndexes(text, completions);
  return typeof count === 'string' ? count : undefined;
}

/** Returns where completed and failed indexes overlap, in words; undefined if they do not. */
export function overlapFault(completed: string, failed: string, completions: number): string | undefined {
  const read = (text: string): Interval[] =>
    (text === '' ? [] : text.split(',')).flatMap((part) => {
      const interval = parseInterval(part, completions);
      return typeof interval === 'string' ? [] : [interval];
    });
  const lost = read(failed);
  for (const [first, last] of read(completed)) {
    const clash = lost.find(([from, to]) => first <= to && from <= last);
    if (clash !== undefined) return `failedIndexes and completedIndexes overlap at index: ${Math.max(first, clash[0])}`;
  }
  return undefined;
}
