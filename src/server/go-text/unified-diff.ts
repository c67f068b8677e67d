/** A part that two texts share: `length` lines from `old` in the first and from `now` in the second. */
interface Block {
  readonly old: number;
  readonly now: number;
  readonly length: number;
}

/** A part of a hunk: lines of the first text, and the lines of the second that stand in their place. */
interface Change {
  readonly equal: boolean;
  readonly old: readonly [from: number, to: number];
  readonly now: readonly [from: number, to: number];
}

const context = 3;
/** From this many lines on, lines that stand in the text often do not begin a match. */
const manyLines = 200;

/**
 * Returns the unified diff of two texts with three lines of context and without names of files. As the library that kube-apiserver uses,
 * it looks for the longest part that both texts share, and then on either side of it.
 */
export function unifiedDiff(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const blocks = new Matcher(old, now).blocks();
  return hunks(changesBetween(blocks, old.length, now.length))
    .map((hunk) => {
      const [oldRange, nowRange] = [rangeOf(hunk, 'old'), rangeOf(hunk, 'now')];
      const lines = hunk.flatMap(({ equal, old: [from, to], now: [start, end] }) =>
        equal
          ? old.slice(from, to).map((line) => ` ${line}`)
          : [...old.slice(from, to).map((line) => `-${line}`), ...now.slice(start, end).map((line) => `+${line}`)],
      );
      return `@@ -${oldRange} +${nowRange} @@\n${lines.join('\n')}\n`;
    })
    .join('');
}

function rangeOf(hunk: readonly Change[], side: 'old' | 'now'): string {
  const from = hunk[0]?.[side][0] ?? 0;
  const length = (hunk.at(-1)?.[side][1] ?? 0) - from;
  if (length === 1) return `${from + 1}`;
  return `${length === 0 ? from : from + 1},${length}`;
}

class Matcher {
  /** The places of each line in the second text, without lines that stand there too often. */
  readonly #places = new Map<string, number[]>();

  constructor(
    private readonly old: readonly string[],
    private readonly now: readonly string[],
  ) {
    for (const [at, line] of now.entries()) {
      const places = this.#places.get(line);
      if (places === undefined) this.#places.set(line, [at]);
      else places.push(at);
    }
    if (now.length < manyLines) return;
    const most = Math.floor(now.length / 100) + 1;
    for (const [line, places] of this.#places) if (places.length > most) this.#places.delete(line);
  }

  /** Returns the shared parts in order. */
  blocks(): Block[] {
    const found: Block[] = [];
    const search = (oldFrom: number, oldTo: number, nowFrom: number, nowTo: number): void => {
      const { old, now, length } = this.#longest(oldFrom, oldTo, nowFrom, nowTo);
      if (length === 0) return;
      if (oldFrom < old && nowFrom < now) search(oldFrom, old, nowFrom, now);
      found.push({ old, now, length });
      if (old + length < oldTo && now + length < nowTo) search(old + length, oldTo, now + length, nowTo);
    };
    search(0, this.old.length, 0, this.now.length);
    return found;
  }

  #longest(oldFrom: number, oldTo: number, nowFrom: number, nowTo: number): Block {
    let best: Block = { old: oldFrom, now: nowFrom, length: 0 };
    let lengths = new Map<number, number>();
    for (let at = oldFrom; at < oldTo; at++) {
      const next = new Map<number, number>();
      for (const place of this.#places.get(this.old[at] ?? '') ?? []) {
        if (place < nowFrom) continue;
        if (place >= nowTo) break;
        const length = (lengths.get(place - 1) ?? 0) + 1;
        next.set(place, length);
        if (length > best.length) best = { old: at - length + 1, now: place - length + 1, length };
      }
      lengths = next;
    }
    let { old, now, length } = best;
    for (; old > oldFrom && now > nowFrom && this.old[old - 1] === this.now[now - 1]; length++) {
      old--;
      now--;
    }
    while (old + length < oldTo && now + length < nowTo && this.old[old + length] === this.now[now + length]) length++;
    return { old, now, length };
  }
}

function changesBetween(blocks: readonly Block[], oldLength: number, nowLength: number): Change[] {
  const changes: Change[] = [];
  let [oldAt, nowAt] = [0, 0];
  for (const { old, now, length } of [...blocks, { old: oldLength, now: nowLength, length: 0 }]) {
    if (oldAt < old || nowAt < now) changes.push({ equal: false, old: [oldAt, old], now: [nowAt, now] });
    const last = changes.at(-1);
    [oldAt, nowAt] = [old + length, now + length];
    if (length === 0) continue;
    if (last?.equal === true)
      changes[changes.length - 1] = { equal: true, old: [last.old[0], oldAt], now: [last.now[0], nowAt] };
    else changes.push({ equal: true, old: [old, oldAt], now: [now, nowAt] });
  }
  return changes;
}

/** Cuts changes into hunks, each with some lines that are equal around what is not. */
function hunks(changes: readonly Change[]): Change[][] {
  const out: Change[][] = [];
  let hunk: Change[] = [];
  for (const [index, change] of changes.entries()) {
    if (!change.equal) {
      hunk.push(change);
      continue;
    }
    const { old, now } = change;
    const length = old[1] - old[0];
    const isLast = index === changes.length - 1;
    if (index > 0 && !isLast && length <= 2 * context) {
      hunk.push(change);
      continue;
    }
    const head = Math.min(length, context);
    if (index > 0) {
      hunk.push({ equal: true, old: [old[0], old[0] + head], now: [now[0], now[0] + head] });
      out.push(hunk);
    }
    hunk = isLast ? [] : [{ equal: true, old: [old[1] - head, old[1]], now: [now[1] - head, now[1]] }];
  }
  if (hunk.some(({ equal }) => !equal)) out.push(hunk);
  return out;
}
