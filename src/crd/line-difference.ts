/** Lines shown around a change. */
const context = 3;

/** Beyond so many pairs of lines the middle is shown as changed altogether. */
const maxPairs = 4_000_000;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Two texts line by line, as `diff -u` shows them, without file times; empty when they are equal. `name` stands in the head. */
export function lineDifference(before: string, after: string, name: string): string {
  if (before === after) return '';
  const lines = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines);
  return [`--- ${name} in the cluster`, `+++ ${name} in the code`, ...hunks, ''].join('\n');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const kept = (text: string): Line => ({ sign: ' ', text });
  return [
    ...a.slice(0, start).map(kept),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(kept),
  ];
}

/** The longest common subsequence, by the table of all pairs. */
function middle(a: readonly string[], b: readonly string[]): Line[] {
  const removed = (text: string): Line => ({ sign: '-', text });
  const added = (text: string): Line => ({ sign: '+', text });
  if (a.length * b.length > maxPairs) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ sign: ' ', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(left));
      i++;
    } else {
      if (right !== undefined) lines.push(added(right));
      j++;
    }
  }
  return lines;
}

function hunksOf(lines: readonly Line[]): string[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  );
  const out: string[] = [];
  let [before, after] = [0, 0];
  for (const [index, line] of lines.entries()) {
    if (near[index] === true) {
      if (near[index - 1] !== true) out.push(headOf(lines, near, index, before, after));
      out.push(`${line.sign}${line.text}`);
    }
    if (line.sign !== '+') before++;
    if (line.sign !== '-') after++;
  }
  return out;
}

function headOf(lines: readonly Line[], near: readonly boolean[], from: number, before: number, after: number): string {
  let to = from;
  while (near[to] === true) to++;
  const part = lines.slice(from, to);
  const range = (skip: '+' | '-', start: number): string => {
    const count = part.filter(({ sign }) => sign !== skip).length;
    return `${count === 0 ? start : start + 1},${count}`;
  };
  return `@@ -${range('+', before)} +${range('-', after)} @@`;
}
