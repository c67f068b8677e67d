/** An item that waits to be worked on. */
export interface Waiting<T> {
  readonly item: T;
  readonly priority: number;
  /** When it began to wait, by the monotonic clock; moving up to another priority does not change it. */
  readonly since: number;
  /** It waits elsewhere now, or no more. */
  gone: boolean;
}

/** The rule by which lower priorities get a turn. */
export interface LevelsOptions {
  /** The time that an item of a lower priority waits, in milliseconds, before it gets a share. Default 1000. */
  readonly ageAfterMs?: number | undefined;
}

/** One in so many goes to what has aged: the others keep seven eighths of all work. */
const agedShare = 8;

/**
 * The waiting items: higher priorities first, and first in, first out within each priority. An item that has waited long enough in a
 * lower priority gets one turn in eight. A flood of low priority therefore delays urgent items by an eighth at most, and never starves.
 */
export class Levels<T> {
  readonly #ageAfterMs: number;
  /** Highest priority first; none is empty. */
  readonly #levels: Level<T>[] = [];
  #turnsSinceAged = 0;
  #size = 0;

  constructor(options: LevelsOptions = {}) {
    this.#ageAfterMs = options.ageAfterMs ?? 1000;
  }

  /** The number of waiting items. */
  get size(): number {
    return this.#size;
  }

  /** Lets an item wait behind the others of its priority. */
  push(waiting: Waiting<T>): void {
    this.#level(waiting.priority).push(waiting);
    this.#size++;
  }

  /** Lets go of an item that waits. */
  remove(waiting: Waiting<T>): void {
    const level = this.#levels.find(({ priority }) => priority === waiting.priority);
    if (level === undefined || waiting.gone) return;
    level.remove(waiting);
    this.#taken(level);
  }

  /** The item whose turn it is, or undefined when none waits. */
  shift(now: number): Waiting<T> | undefined {
    const level = this.#next(now);
    const waiting = level?.shift();
    if (level !== undefined) this.#taken(level);
    return waiting;
  }

  /** Forgets all. */
  clear(): void {
    this.#levels.length = 0;
    this.#size = 0;
  }

  #next(now: number): Level<T> | undefined {
    const [highest] = this.#levels;
    if (highest === undefined || this.#levels.length === 1 || ++this.#turnsSinceAged < agedShare) return highest;
    let oldest: Level<T> | undefined;
    for (const level of this.#levels) {
      if (level !== highest && (oldest === undefined || level.since < oldest.since)) oldest = level;
    }
    if (oldest === undefined || now - oldest.since < this.#ageAfterMs) return highest;
    this.#turnsSinceAged = 0;
    return oldest;
  }

  #level(priority: number): Level<T> {
    const at = this.#levels.findIndex((level) => level.priority <= priority);
    const found = at === -1 ? undefined : this.#levels[at];
    if (found?.priority === priority) return found;
    const level = new Level<T>(priority);
    this.#levels.splice(at === -1 ? this.#levels.length : at, 0, level);
    return level;
  }

  #taken(level: Level<T>): void {
    this.#size--;
    if (level.size === 0) this.#levels.splice(this.#levels.indexOf(level), 1);
  }
}

/** First in, first out; what is removed from the middle leaves a hole until there are too many of them. */
class Level<T> {
  #items: Waiting<T>[] = [];
  #head = 0;
  #holes = 0;

  constructor(readonly priority: number) {}

  get size(): number {
    return this.#items.length - this.#head - this.#holes;
  }

  /** Since when the first one waits. */
  get since(): number {
    this.#skip();
    return this.#items[this.#head]?.since ?? Number.POSITIVE_INFINITY;
  }

  push(waiting: Waiting<T>): void {
    this.#items.push(waiting);
  }

  remove(waiting: Waiting<T>): void {
    waiting.gone = true;
    this.#holes++;
    if (this.#holes > 32 && this.#holes > this.size) {
      this.#items = this.#items.slice(this.#head).filter(({ gone }) => !gone);
      this.#head = 0;
      this.#holes = 0;
    }
  }

  shift(): Waiting<T> | undefined {
    this.#skip();
    const first = this.#items[this.#head];
    if (first === undefined) return undefined;
    first.gone = true;
    this.#head++;
    if (this.#head > 1024 && this.#head > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  #skip(): void {
    while (this.#items[this.#head]?.gone === true) {
      this.#head++;
      this.#holes--;
    }
  }
}
